import type { Silence } from "../../api/queries";
import { when } from "../../words/numbers";

/** A silence that hides an alert, as far as it is known. */
export interface Hiding {
  name: string;
  /** Who made it; nobody need have signed it. */
  by: string;
  /** Until when. */
  to: string | null;
  why: string;
  maintenance: boolean;
}

/** The silences of such names; one that is not listed yet is known by its name alone. */
export function hiding(names: readonly string[], listed: readonly Silence[] = []): Hiding[] {
  return names.map((name) => {
    const own = listed.find((s) => s.name === name);
    return { name, by: own?.by || "somebody", to: own?.to ?? null, why: own?.why ?? "", maintenance: own?.maintenance ?? false };
  });
}

/** What they do to an alert. */
export function titleOf(all: readonly Hiding[]): string {
  const word = all.every((s) => s.maintenance) ? "Under maintenance" : all.some((s) => s.maintenance) ? "Silenced and under maintenance" : "Silenced";
  return `${word}: nobody is told of this alert`;
}

/** Who, until when and why in a line, for where there is room for a word only. */
export function shortly({ by, to, why, maintenance }: Hiding): string {
  return `${maintenance ? "Maintenance, declared" : "Silenced"} by ${by}${to ? ` until ${when(to)}` : ""}${why ? `: ${why}` : ""}`;
}
