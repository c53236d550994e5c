import { outcomesSql } from "../../api/outcomes";
import { type Cell, during, literal, quoted, spell, tableOf } from "../../api/sql";
import type { Range } from "../../time/range";

/** Groups with fewer rows are not shown: figures of a few people are no figures, and may tell who they are. */
export const GROUP_MIN = 30;

export interface SegmentsAsked {
  model: string;
  range: Range;
  segments: readonly string[];
  task: string | null;
  positive: string;
  hasOutcomes: boolean;
  /** Which outputs there are. */
  has: (column: string) => boolean;
}

/** How right the answers were, in words and in SQL, by the model's task; null where rows alone do not tell it. */
export function rightness(asked: SegmentsAsked): { words: string; kind: "share" | "size"; sql: string } | null {
  if (!asked.hasOutcomes) return null;
  if (asked.task === "binary" && asked.has("output_score")) {
    return { words: "Came true", kind: "share", sql: `CASE WHEN o.class = ${literal(asked.positive)} THEN 1.0 WHEN o.class IS NOT NULL THEN 0.0 END` };
  }
  if (asked.task === "multiclass" && asked.has("output_class")) {
    return { words: "Right", kind: "share", sql: "CASE WHEN o.class = p.output_class THEN 1.0 WHEN o.class IS NOT NULL THEN 0.0 END" };
  }
  if (asked.task === "regression" && asked.has("output_value")) return { words: "Mean error", kind: "size", sql: "abs(p.output_value - o.value)" };
  return null;
}

/** One statement, and one reading of the rows, for all segments of a model. */
export function segmentsSql(asked: SegmentsAsked): string {
  const right = rightness(asked);
  const said = asked.has("output_score") ? "avg(p.output_score)" : asked.has("output_value") ? "avg(p.output_value)" : "CAST(NULL AS DOUBLE)";
  const failed = asked.has("status") ? "avg(CASE WHEN p.status = 'error' THEN 1.0 WHEN p.status IS NOT NULL THEN 0.0 END)" : "CAST(NULL AS DOUBLE)";
  const field = asked.task === "regression" ? "value" : "class";
  const join = right ? ` LEFT JOIN ${outcomesSql(asked.model, asked.range, [field])} o ON o.prediction_id = p.id` : "";
  const came = right
    ? `count(${right.sql}) AS known, avg(${right.sql}) AS came, stddev(${right.sql}) AS spread`
    : "0 AS known, CAST(NULL AS DOUBLE) AS came, CAST(NULL AS DOUBLE) AS spread";
  const columns = asked.segments.map((c) => `p.${quoted(c)}`);
  const names = asked.segments.map((c, at) => `WHEN grouping(${columns[at]}) = 0 THEN ${literal(c)}`);
  const value = columns.length > 1 ? `coalesce(${columns.join(", ")})` : (columns[0] ?? "NULL");
  const sets = columns.map((c) => `(${c})`).join(", ");
  return `SELECT CASE ${names.join(" ")} END AS segment, ${value} AS value, count(*) AS n, ${failed} AS failed, ${said} AS said, ${came} FROM ${tableOf(asked.model, "predictions")} p${join} WHERE ${during(asked.range, "p.time")} GROUP BY GROUPING SETS (${sets})`;
}

/** A value of a segment, and how its rows fared. */
export interface Group {
  segment: string;
  value: string;
  n: number;
  share: number;
  failed: number | null;
  said: number | null;
  known: number;
  came: number | null;
  spread: number | null;
}

export interface Groups {
  shown: Group[];
  /** Values that were left out for having too few rows. */
  suppressed: number;
}

export function groups(rows: readonly Record<string, Cell>[]): Groups {
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(spell(row.segment), (totals.get(spell(row.segment)) ?? 0) + Number(row.n));
  const figure = (value: Cell | undefined) => (typeof value === "number" ? value : null);
  const told = rows
    .filter((row) => row.value !== null)
    .map((row): Group => {
      const known = Number(row.known);
      const enough = known >= GROUP_MIN;
      return {
        segment: spell(row.segment),
        value: spell(row.value),
        n: Number(row.n),
        share: Number(row.n) / (totals.get(spell(row.segment)) || 1),
        failed: figure(row.failed),
        said: figure(row.said),
        known,
        came: enough ? figure(row.came) : null,
        spread: enough ? figure(row.spread) : null,
      };
    });
  const shown = told.filter((g) => g.n >= GROUP_MIN).sort((a, b) => a.segment.localeCompare(b.segment) || b.n - a.n);
  return { shown, suppressed: told.length - shown.length };
}
