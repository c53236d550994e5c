/** Names of columns and monitors as people say them. */

const PREFIXES: [string, string][] = [
  ["input_", "input"],
  ["derived_", "derived feature"],
  ["output_", "output"],
  ["attribution_", "attribution"],
  ["segment_", "segment"],
  ["stage_", "stage"],
  ["usage_", "usage"],
  ["stochastic_", "randomness"],
  ["error_", "error"],
];

export interface ColumnName {
  role: string;
  name: string;
}

export function columnName(column: string): ColumnName {
  const found = PREFIXES.find(([prefix]) => column.startsWith(prefix));
  if (!found) return { role: "", name: column };
  return { role: found[1], name: column.slice(found[0].length) };
}

const MEASURES: Record<string, string> = {
  volume: "Traffic",
  errors: "Failed requests",
  latency_p50: "Median latency",
  latency_p95: "Latency, slowest 5 in 100",
  latency_p99: "Latency, slowest 1 in 100",
  missing: "Missing values",
  unseen: "Values never seen before",
  range: "Values out of range",
  mode: "Most frequent value",
  mean: "Mean",
  drift: "Difference from the reference",
  complaints: "Complaints",
  feedback: "Feedback",
  effect: "Business effect",
  freshness: "Age of the features",
  fairness: "Difference between groups",
  performance: "Performance",
  labels: "Known outcomes",
  label_delay: "Delay of outcomes",
  burn: "Error budget",
};

export function measureName(measure: string): string {
  return MEASURES[measure] ?? measure;
}

interface Subject {
  measure: string;
  column?: string | null;
  metric?: string | null;
  segment?: Record<string, string>;
}

/** What a monitor watches: `Missing values of input debt_ratio, region north`. */
export function subject({ measure, column, metric, segment }: Subject): string {
  const of = column ? ` of ${[columnName(column).role, columnName(column).name].filter(Boolean).join(" ")}` : "";
  const where = Object.entries(segment ?? {}).map(([name, value]) => `, ${name} ${value}`);
  return `${measureName(measure)}${metric ? ` (${metric.replaceAll("_", " ")})` : ""}${of}${where.join("")}`;
}

/** Shares are told in percent, times in milliseconds, the rest as it is. */
export function unitOf(measure: string): "share" | "ms" | "hours" | "count" | "plain" {
  if (["errors", "missing", "unseen", "range", "mode", "complaints", "labels", "fairness"].includes(measure)) return "share";
  if (measure.startsWith("latency")) return "ms";
  if (measure === "freshness" || measure === "label_delay") return "hours";
  return measure === "volume" ? "count" : "plain";
}
