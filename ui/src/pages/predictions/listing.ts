import { type Cell, during, literal, quoted, spell, tableOf } from "../../api/sql";
import { stepFor, type Range } from "../../time/range";
import { type ColumnType, type Condition, toSql } from "./condition";

/** Which predictions are looked at. */
export interface Listing {
  model: string;
  range: Range;
  conditions: readonly Condition[];
  columns: readonly ColumnType[];
}

export const ROWS = 200;

export function where({ range, conditions, columns }: Listing): string {
  return [during(range), ...conditions.map((c) => toSql(c, columns))].join(" AND ");
}

export interface Cursor {
  time: string;
  id: string;
}

/** The newest rows, or those after a row. */
export function rowsSql(listing: Listing, shown: readonly string[], after?: Cursor, limit = ROWS): string {
  const names = [...new Set(["time", "id", ...shown])].map(quoted).join(", ");
  const instant = after ? `CAST(${literal(after.time)} AS TIMESTAMP)` : "";
  const older = after ? ` AND (time < ${instant} OR (time = ${instant} AND id < ${literal(after.id)}))` : "";
  return `SELECT ${names} FROM ${tableOf(listing.model, "predictions")} WHERE ${where(listing)}${older} ORDER BY time DESC, id DESC LIMIT ${limit}`;
}

/** How many rows there are over time, and how many of them failed. */
export function histogramSql(listing: Listing): string {
  const seconds = stepFor(listing.range) / 1000;
  const failed = listing.columns.some((c) => c.name === "status") ? `sum(CASE WHEN status = 'error' THEN 1 ELSE 0 END)` : "0";
  return `SELECT date_bin(INTERVAL '${seconds} seconds', time, TIMESTAMP '1970-01-01') AS t, count(*) AS n, ${failed} AS failed FROM ${tableOf(listing.model, "predictions")} WHERE ${where(listing)} GROUP BY 1 ORDER BY 1`;
}

export interface Bars {
  times: number[];
  rows: number[];
  failed: number[];
}

/** Bars of the whole range, with the empty ones. */
export function bars(told: readonly Record<string, Cell>[], range: Range): Bars {
  const step = stepFor(range);
  const byTime = new Map(told.map((row) => [Date.parse(spell(row.t)), row]));
  const out: Bars = { times: [], rows: [], failed: [] };
  for (let t = Math.floor(range.from / step) * step; t < range.to; t += step) {
    const row = byTime.get(t);
    out.times.push(t);
    out.rows.push(Number(row?.n ?? 0));
    out.failed.push(Number(row?.failed ?? 0));
  }
  return out;
}

const OUTPUTS = ["output_class", "output_score", "output_value", "output_text"];
/** Outputs that models of a task send: every table has columns for all of them. */
const OF_TASK: Record<string, readonly string[]> = {
  binary: ["output_class", "output_score"],
  multiclass: ["output_class", "output_score"],
  regression: ["output_value"],
  ranking: ["output_score"],
  generation: ["output_text"],
};

/** What is shown of a model nobody chose columns of: outputs, how the request went, then segments and inputs. */
export function defaultColumns(columns: readonly ColumnType[], task: string | null = null): string[] {
  const has = new Set(columns.map((c) => c.name));
  const first = [...(OF_TASK[task ?? ""] ?? OUTPUTS), "status", "latency_ms", "version"].filter((name) => has.has(name));
  const rest = columns.map((c) => c.name).filter((name) => name.startsWith("segment_") || name.startsWith("input_"));
  return [...first, ...rest].slice(0, 9);
}
