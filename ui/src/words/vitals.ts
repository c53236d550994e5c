import type { Profile } from "../api/queries";
import { GRAIN_MS, type Range } from "../time/range";

/** How a model answered in one window. */
export interface Vital {
  from: number;
  rows: number;
  /** Failed requests; null where no status is told. */
  errors: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

type Grain = keyof typeof GRAIN_MS;

/**
 * Windows of a range in their order, with those in between that have no rows. The window that is still filling, or
 * that lies partly before the range, is left out: half a window looks like a collapse. Of other columns only rows count.
 */
export function vitals(status: readonly Profile[], latency: readonly Profile[], range: Range, grain: Grain, nowMs: number, others: readonly Profile[] = []): Vital[] {
  const step = GRAIN_MS[grain];
  const byTime = new Map<number, Vital>();
  const at = (profile: Profile) => {
    const from = Date.parse(profile.from);
    const known = byTime.get(from) ?? { from, rows: 0, errors: null, p50: null, p95: null, p99: null };
    byTime.set(from, known);
    known.rows = Math.max(known.rows, profile.rows);
    return known;
  };
  for (const profile of others) at(profile);
  for (const profile of status) at(profile).errors = failures(profile);
  for (const profile of latency) {
    const quantiles = profile.quantiles as Record<string, number>;
    const own = at(profile);
    own.p50 = quantiles["0.5"] ?? null;
    own.p95 = quantiles["0.95"] ?? null;
    own.p99 = quantiles["0.99"] ?? null;
  }
  const known = [...byTime.keys()].sort((a, b) => a - b);
  const [first] = known;
  if (first === undefined) return [];
  const out: Vital[] = [];
  for (let from = first; from < range.to; from += step) {
    if (from + step > nowMs || from < range.from) continue;
    out.push(byTime.get(from) ?? { from, rows: 0, errors: null, p50: null, p95: null, p99: null });
  }
  return out;
}

/** The column with most rows; undefined without any. */
export function fullest(told: readonly Profile[]): string | undefined {
  const rows = new Map<string, number>();
  for (const { column, rows: n } of told) rows.set(column, (rows.get(column) ?? 0) + n);
  return [...rows].sort(([a, n], [b, m]) => m - n || a.localeCompare(b))[0]?.[0];
}

/** Whether all that is told lies in the window that is still filling: more of it is to come, not a longer time to choose. */
export function isFilling(told: readonly Profile[], grain: Grain, nowMs: number): boolean {
  return told.length > 0 && told.every((profile) => Date.parse(profile.from) + GRAIN_MS[grain] > nowMs);
}

/** Rows of `status` that say that the request failed. */
export function failures(profile: Profile): number | null {
  if (profile.rows === profile.nulls) return null;
  return profile.frequent.find((f) => f.value === "error")?.low ?? 0;
}

export interface Total {
  rows: number;
  perDay: number | null;
  /** Of the rows that tell a status. */
  errorShare: number | null;
  /** Of the newest window that has any. */
  p95: number | null;
}

export function total(windows: readonly Vital[], grain: Grain): Total {
  const rows = sum(windows.map((w) => w.rows));
  const telling = windows.filter((w) => w.errors !== null);
  const told = sum(telling.map((w) => w.rows));
  const days = (windows.length * GRAIN_MS[grain]) / GRAIN_MS["1d"];
  return {
    rows,
    perDay: days > 0 ? rows / days : null,
    errorShare: told > 0 ? sum(telling.map((w) => w.errors ?? 0)) / told : null,
    p95: windows.findLast((w) => w.p95 !== null)?.p95 ?? null,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
