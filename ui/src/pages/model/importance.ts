import { type Cell, during, quoted, tableOf } from "../../api/sql";
import type { Range } from "../../time/range";

const FEATURES_MAX = 60;

/** Mean sizes of all attributions in one row, of a time and of the one before. */
export function importanceSql(model: string, features: readonly string[], range: Range, before: Range | null): string {
  const sizes = features.slice(0, FEATURES_MAX).map((c, at) => `avg(abs(${quoted(c)})) AS m${at}, count(${quoted(c)}) AS n${at}`);
  const of = (period: string, own: Range) => `SELECT '${period}' AS period, ${sizes.join(", ")} FROM ${tableOf(model, "predictions")} WHERE ${during(own)}`;
  return [of("now", range), ...(before ? [of("before", before)] : [])].join("\nUNION ALL\n");
}

/** How much a feature counts. */
export interface Importance {
  feature: string;
  now: number | null;
  before: number | null;
  n: number;
}

/** What counts most comes first. */
export function importances(features: readonly string[], rows: readonly Record<string, Cell>[]): Importance[] {
  const row = (period: string) => rows.find((r) => r.period === period);
  const [now, before] = [row("now"), row("before")];
  const figure = (value: Cell | undefined) => (typeof value === "number" ? value : null);
  return features
    .slice(0, FEATURES_MAX)
    .map((c, at) => ({ feature: c.slice("attribution_".length), now: figure(now?.[`m${at}`]), before: figure(before?.[`m${at}`]), n: figure(now?.[`n${at}`]) ?? 0 }))
    .sort((a, b) => (b.now ?? 0) - (a.now ?? 0));
}
