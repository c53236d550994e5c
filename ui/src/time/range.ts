/** The time range and the comparison that every page shares, as they stand in the URL. */

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `7d` up to now, or two instants. */
export type RangeSpec = { last: string } | { from: number; to: number };

export const COMPARISONS = ["reference", "previous", "week", "none"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface TimeSearch {
  /** `24h`, `7d`, … up to now. */
  last?: string;
  from?: string;
  to?: string;
  vs?: Comparison;
}

export interface Range {
  from: number;
  to: number;
}

export const DEFAULT_LAST = "7d";
export const PRESETS = ["1h", "6h", "24h", "7d", "14d", "30d"] as const;

const UNITS: Record<string, number> = { m: MINUTE, h: HOUR, d: DAY };

/** The length of `24h`; null if it is none. */
export function lengthOf(last: string): number | null {
  const found = /^(\d{1,4})([mhd])$/.exec(last);
  const unit = found?.[2] ? UNITS[found[2]] : undefined;
  const length = unit && found?.[1] ? Number(found[1]) * unit : 0;
  return length > 0 ? length : null;
}

/** Only what is a range: a URL is written by anyone. */
export function readTime(search: Record<string, unknown>): TimeSearch {
  const out: TimeSearch = {};
  const text = (name: string) => (typeof search[name] === "string" ? search[name] : undefined);
  const [from, to] = [text("from"), text("to")];
  if (from && to && Date.parse(from) < Date.parse(to)) Object.assign(out, { from, to });
  else {
    const last = text("last");
    if (last && lengthOf(last)) out.last = last;
  }
  const vs = COMPARISONS.find((c) => c === search.vs);
  if (vs) out.vs = vs;
  return out;
}

/** The instants of a range. Now is rounded down to the minute, so that a query has the same key within it. */
export function resolve(search: TimeSearch, nowMs: number): Range {
  if (search.from && search.to) return { from: Date.parse(search.from), to: Date.parse(search.to) };
  const length = lengthOf(search.last ?? DEFAULT_LAST) ?? 7 * DAY;
  const to = Math.ceil(nowMs / MINUTE) * MINUTE;
  return { from: to - length, to };
}

/** The time that a range is compared with; null of a reference, which each model has of its own, and of none. */
export function compared(range: Range, comparison: Comparison): Range | null {
  const back = comparison === "previous" ? range.to - range.from : comparison === "week" ? 7 * DAY : 0;
  return back === 0 ? null : { from: range.from - back, to: range.to - back };
}

/** The grain of profiles that gives a chart enough points, and not too many. */
export function grainOf(range: Range): "5m" | "1h" | "1d" {
  const length = range.to - range.from;
  if (length <= 12 * HOUR) return "5m";
  return length <= 15 * DAY ? "1h" : "1d";
}

export const GRAIN_MS: Record<"5m" | "1h" | "1d", number> = { "5m": 5 * MINUTE, "1h": HOUR, "1d": DAY };

/** A step of a histogram of time with about so many bars. */
export function stepFor(range: Range, bars = 90): number {
  const steps = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY];
  const wanted = (range.to - range.from) / bars;
  return steps.find((step) => step >= wanted) ?? DAY;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
