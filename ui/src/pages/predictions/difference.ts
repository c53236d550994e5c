import { type Cell, literal, quoted, spell, tableOf } from "../../api/sql";
import { iso, type Range } from "../../time/range";
import { type ColumnType, isNumber } from "./condition";
import { type Listing, where } from "./listing";

const COLUMNS_MAX = 24;
/** Fewer rows on a side tell nothing. */
export const SIDE_MIN = 30;

/** Columns by which chosen rows may differ from the rest. */
export function comparable(columns: readonly ColumnType[]): ColumnType[] {
  const told = columns.filter(
    ({ name, type }) =>
      /^(input_|output_|segment_|derived_)/.test(name) || name === "version" || name === "status" || (name === "latency_ms" && isNumber(type)),
  );
  return told.filter((c) => isNumber(c.type) || c.type === "text" || c.type === "boolean").slice(0, COLUMNS_MAX);
}

/** One statement for all columns: of numbers their moments, of the rest how often each value comes, chosen and not. */
export function differenceSql(listing: Listing, chosen: Range): string {
  const isChosen = `(time >= CAST(${literal(iso(chosen.from))} AS TIMESTAMP) AND time < CAST(${literal(iso(chosen.to))} AS TIMESTAMP))`;
  const from = `FROM ${tableOf(listing.model, "predictions")} WHERE ${where(listing)}`;
  const parts = comparable(listing.columns).map(({ name, type }) => {
    const column = quoted(name);
    if (isNumber(type)) {
      return `SELECT ${literal(name)} AS column_name, CAST(NULL AS VARCHAR) AS value, ${isChosen} AS chosen, count(${column}) AS n, avg(CAST(${column} AS DOUBLE)) AS mean, stddev(CAST(${column} AS DOUBLE)) AS deviation ${from} GROUP BY 3`;
    }
    return `(SELECT ${literal(name)} AS column_name, coalesce(left(CAST(${column} AS VARCHAR), 80), '(missing)') AS value, ${isChosen} AS chosen, count(*) AS n, CAST(NULL AS DOUBLE) AS mean, CAST(NULL AS DOUBLE) AS deviation ${from} GROUP BY 2, 3 ORDER BY 4 DESC LIMIT 40)`;
  });
  return parts.join("\nUNION ALL\n");
}

/** How chosen rows differ from the rest in one column. */
export interface ColumnDifference {
  column: string;
  /** The value whose share differs most; null of numbers. */
  value: string | null;
  /** Means, or shares of the value. */
  chosen: number;
  rest: number;
  n: number;
  /** In standard deviations (Cohen's d), or its like for shares (Cohen's h). */
  effect: number;
  low: number;
  high: number;
}

interface Side {
  n: number;
  mean: number;
  deviation: number;
}

/**
 * Columns by how much the chosen rows differ for certain: the end of the effect's interval that is nearer to nothing,
 * all columns looked at together (Bonferroni). What chance explains is left out.
 */
export function differences(rows: readonly Record<string, Cell>[]): ColumnDifference[] {
  const columns = new Map<string, Record<string, Cell>[]>();
  for (const row of rows) columns.set(spell(row.column_name), [...(columns.get(spell(row.column_name)) ?? []), row]);
  const z = critical(Math.max(columns.size, 1));
  const out: ColumnDifference[] = [];
  for (const [column, own] of columns) {
    const told = own.some((row) => row.mean !== null) ? ofNumbers(column, own, z) : ofValues(column, own, z);
    if (told) out.push(told);
  }
  const certain = (d: ColumnDifference) => Math.max(d.low, -d.high, 0);
  return out.filter((d) => certain(d) > 0).sort((a, b) => certain(b) - certain(a));
}

function ofNumbers(column: string, rows: readonly Record<string, Cell>[], z: number): ColumnDifference | null {
  const side = (chosen: boolean): Side | null => {
    const row = rows.find((r) => r.chosen === chosen);
    return row && row.mean !== null && row.deviation !== null ? { n: Number(row.n), mean: Number(row.mean), deviation: Number(row.deviation) } : null;
  };
  const [a, b] = [side(true), side(false)];
  if (!a || !b || a.n < SIDE_MIN || b.n < SIDE_MIN) return null;
  const pooled = Math.sqrt(((a.n - 1) * a.deviation ** 2 + (b.n - 1) * b.deviation ** 2) / (a.n + b.n - 2));
  if (!(pooled > 0)) return null;
  const effect = (a.mean - b.mean) / pooled;
  const error = Math.sqrt((a.n + b.n) / (a.n * b.n) + effect ** 2 / (2 * (a.n + b.n)));
  return { column, value: null, chosen: a.mean, rest: b.mean, n: a.n, effect, low: effect - z * error, high: effect + z * error };
}

function ofValues(column: string, rows: readonly Record<string, Cell>[], z: number): ColumnDifference | null {
  const total = (chosen: boolean) => rows.filter((r) => r.chosen === chosen).reduce((sum, r) => sum + Number(r.n), 0);
  const [all, others] = [total(true), total(false)];
  if (all < SIDE_MIN || others < SIDE_MIN) return null;
  const share = (value: string, chosen: boolean) => Number(rows.find((r) => r.chosen === chosen && r.value === value)?.n ?? 0) / (chosen ? all : others);
  const angle = (p: number) => 2 * Math.asin(Math.sqrt(p));
  const error = Math.sqrt(1 / all + 1 / others);
  let most: ColumnDifference | null = null;
  let mostSize = -1;
  for (const value of new Set(rows.map((r) => spell(r.value)))) {
    const [chosen, rest] = [share(value, true), share(value, false)];
    const effect = angle(chosen) - angle(rest);
    // Of two values that trade places, the one that there is more of is told.
    const size = Math.abs(effect) + (effect > 0 ? 1e-6 : 0);
    if (size <= mostSize) continue;
    mostSize = size;
    most = { column, value, chosen, rest, n: all, effect, low: effect - z * error, high: effect + z * error };
  }
  return most;
}

/** The two-sided 95 % point of the normal distribution for so many comparisons at once (Abramowitz and Stegun 26.2.23, to 5e-4). */
export function critical(comparisons: number): number {
  const tail = 0.05 / (2 * comparisons);
  const t = Math.sqrt(-2 * Math.log(tail));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}
