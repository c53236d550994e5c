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

const PLAIN: Record<string, (column: string) => string> = {
  volume: () => "Fewer predictions come in than usual",
  errors: () => "More requests fail than usual",
  latency_p50: () => "Requests take longer than usual",
  latency_p95: () => "The slowest requests take longer than usual",
  latency_p99: () => "The slowest requests take longer than usual",
  missing: (column) => `${column} is missing more often than usual`,
  unseen: (column) => `${column} has values that were never seen before`,
  range: (column) => `${column} lies outside its usual range more often`,
  mode: (column) => `${column} has the same value suspiciously often`,
  drift: (column) => `${column} looks different from what is usual`,
  complaints: () => "More people complain than usual",
  freshness: () => "What it knows is older than usual",
  fairness: (column) => `The groups by ${column.replace(/^The /, "")} are treated more differently than usual`,
  performance: () => "Its answers are less right than usual",
  labels: () => "Fewer outcomes are known than usual",
};

/** What is wrong, for people who are no data scientists; null of measures that have no plain words. */
export function plainly({ measure, column, segment }: Subject): string | null {
  const { role, name } = columnName(column ?? "");
  const spoken = ["The", role, name.replaceAll("_", " ")].filter(Boolean).join(" ");
  const words = PLAIN[measure]?.(spoken);
  if (!words) return null;
  const where = Object.entries(segment ?? {}).map(([key, value]) => `${key.replaceAll("_", " ")} is ${value}`);
  return `${words}${where.length > 0 ? `, where ${where.join(" and ")}` : ""}.`;
}

/** Shares are told in percent, times in milliseconds, the rest as it is. */
export function unitOf(measure: string): "share" | "ms" | "hours" | "count" | "plain" {
  if (["errors", "missing", "unseen", "range", "mode", "complaints", "labels", "fairness"].includes(measure)) return "share";
  if (measure.startsWith("latency")) return "ms";
  if (measure === "freshness" || measure === "label_delay") return "hours";
  return measure === "volume" ? "count" : "plain";
}
