import type { Schemas } from "../../api/client";

/** One difference between two specs. */
export interface Change {
  path: string;
  before?: unknown;
  after?: unknown;
}

export function changesOf(change: Schemas["SpecChange"]): Change[] {
  return change.diff as unknown as Change[];
}

/** A value of a spec, short enough for a table. */
export function spelled(value: unknown, most = 120): string {
  if (value === undefined) return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
