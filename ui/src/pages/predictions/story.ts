import type { Alert, Profile } from "../../api/queries";
import { type Cell, spell } from "../../api/sql";
import { number, percent } from "../../words/numbers";

export type Told = Record<string, Cell>;

/** The fields of a prediction that begin with a prefix, without it; those that are missing too. */
export function fields(record: Told, prefix: string): { name: string; column: string; value: Cell }[] {
  return Object.entries(record)
    .filter(([column]) => column.startsWith(prefix))
    .map(([column, value]) => ({ column, name: column.slice(prefix.length), value }));
}

export interface Stage {
  name: string;
  ms: number;
  status: string | null;
}

export function stages(record: Told): Stage[] {
  return Object.entries(record).flatMap(([column, value]) => {
    const name = /^stage_(.+)_ms$/.exec(column)?.[1];
    if (!name || typeof value !== "number") return [];
    const status = record[`stage_${name}_status`];
    return [{ name, ms: value, status: typeof status === "string" ? status : null }];
  });
}

export interface Attribution {
  name: string;
  value: number;
}

/** What counted most, first. The base is where the model begins, no feature. */
export function attributions(record: Told): Attribution[] {
  return fields(record, "attribution_")
    .flatMap(({ name, value }) => (typeof value === "number" && name !== "base_value" ? [{ name, value }] : []))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

/** Share of the rows whose values must be told before one that is not told is called rare. */
const TOLD_MIN = 0.98;
const RANKS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/** Where a value lies in the reference. */
export type Place =
  /** The share of the rows below it, and that of rows up to it: the same, its percentile, unless many rows have it. */
  | { kind: "number"; from: number; to: number; quantiles: number[] }
  | { kind: "category"; share: number }
  | null;

/**
 * Where a value lies among the reference's: days weigh as many rows as they have, so its ranks are those of their
 * mean, close to those of all rows while days resemble each other.
 */
export function placeOf(value: Cell, reference: readonly Profile[]): Place {
  const rows = reference.reduce((sum, p) => sum + p.rows - p.nulls, 0);
  if (rows <= 0 || value === null) return null;
  if (typeof value === "number") {
    const telling = reference.filter((p) => p.type === "number" && Object.keys(p.quantiles).length > 0);
    const weight = telling.reduce((sum, p) => sum + p.rows - p.nulls, 0);
    if (weight <= 0) return null;
    const quantiles = RANKS.map((rank) => telling.reduce((sum, p) => sum + ((p.quantiles as Record<string, number>)[String(rank)] ?? 0) * (p.rows - p.nulls), 0) / weight);
    return { kind: "number", ...ranksOf(value, quantiles), quantiles };
  }
  const worded = reference.filter((p) => p.type === "text" || p.type === "boolean");
  const told = worded.reduce((sum, p) => sum + p.frequent.reduce((n, f) => n + f.low, 0), 0);
  const spelled = spell(value);
  const own = worded.reduce((sum, p) => sum + (p.frequent.find((f) => f.value === spelled)?.low ?? 0), 0);
  // Of free text only a few values are told: that one is not among them says nothing.
  if (own === 0 && told < TOLD_MIN * rows) return null;
  return { kind: "category", share: own / rows };
}

/** Means of quantiles that are all the same differ in their last digits. */
const isSame = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

/** The share of rows below a value, and that of rows up to it: the same unless many rows have it. */
function ranksOf(value: number, quantiles: readonly number[]): { from: number; to: number } {
  const tied = RANKS.filter((_, at) => isSame(quantiles[at] ?? 0, value));
  const [first, last] = [tied[0], tied[tied.length - 1]];
  // What is the same as the least that is usual has nothing below it, and the greatest nothing above.
  if (first !== undefined && last !== undefined) return { from: first === RANKS[0] ? 0 : first, to: last === RANKS[RANKS.length - 1] ? 1 : last };
  const above = quantiles.findIndex((q) => q > value);
  if (above === 0) return { from: 0, to: 0 };
  if (above < 0) return { from: 1, to: 1 };
  const [below, next] = [quantiles[above - 1] ?? 0, quantiles[above] ?? 0];
  const [begin, end] = [RANKS[above - 1] ?? 0, RANKS[above] ?? 1];
  const percentile = begin + ((value - below) / (next - below)) * (end - begin);
  return { from: percentile, to: percentile };
}

/** A share of the rows that is so small lies at the end of them. */
const END_MAX = 0.1;
/** Of a value that so many rows have, their share is told. */
const SHARED_MIN = 0.1;

/** Where a value lies, in words that hold of its mark. */
export function placeWords(place: Place): string {
  if (!place) return "–";
  if (place.kind === "category") return place.share === 0 ? "never or rarely seen in the reference" : `${percent(place.share)} of the reference`;
  const { from, to } = place;
  const inHundred = (share: number) => `${Math.round(share * 100)} in 100`;
  if (to <= 0) return "unusually low: below 99 in 100";
  if (from >= 1) return "unusually high: above 99 in 100";
  if (from === 0 && to === 1) return "the usual value";
  if (from === 0) return to <= END_MAX ? "among the lowest" : `the lowest, like ${inHundred(to)}`;
  if (to === 1) return 1 - from <= END_MAX ? "among the highest" : `the highest, like ${inHundred(1 - from)}`;
  return to - from >= SHARED_MIN ? `above ${inHundred(from)}, like ${Math.round((to - from) * 100)}` : `above ${inHundred((from + to) / 2)}`;
}

export function isUnusual(place: Place): boolean {
  if (!place) return false;
  return place.kind === "category" ? place.share < 0.001 : place.to <= 0 || place.from >= 1;
}

/** What the model answered, in a sentence. */
export function sentence(record: Told): string {
  if (record.status === "error") {
    const [type, message] = [record.error_type, record.error_message];
    return `This request failed${typeof type === "string" ? `: ${type}` : ""}${typeof message === "string" ? ` (${message})` : ""}.`;
  }
  const parts: string[] = [];
  if (typeof record.output_class === "string") parts.push(`“${record.output_class}”`);
  if (typeof record.output_score === "number") parts.push(`score ${number(record.output_score)}`);
  if (typeof record.output_value === "number") parts.push(number(record.output_value, 4));
  const answered = parts.length > 0 ? `The model answered ${parts.join(", ")}` : "The model answered";
  const chief = attributions(record).slice(0, 2);
  if (chief.length === 0) return `${answered}.`;
  return `${answered}, chiefly because of ${chief.map((a) => a.name.replaceAll("_", " ")).join(" and ")}.`;
}

/** Alerts that were going on at an instant. */
export function openAt(alerts: readonly Alert[], time: number): Alert[] {
  return alerts.filter((a) => Date.parse(a.onset_at) <= time && (!a.resolved_at || Date.parse(a.resolved_at) >= time));
}
