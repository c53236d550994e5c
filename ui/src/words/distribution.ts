import type { Profile } from "../api/queries";

/** What the values of a column looked like in a time, as shares of the rows that have one. */
export interface Distribution {
  labels: string[];
  shares: number[];
  rows: number;
  missing: number;
}

const BINS = 24;
const CATEGORIES = 14;
const OTHER = "all others";

/** Edges of a histogram that shows most of the reference: between its first and last percentile. */
export function edgesFor(reference: readonly Profile[]): number[] | null {
  const quantile = (profile: Profile, rank: string) => (profile.quantiles as Record<string, number | undefined>)[rank];
  const low = Math.min(...reference.map((p) => quantile(p, "0.01") ?? Infinity));
  const high = Math.max(...reference.map((p) => quantile(p, "0.99") ?? -Infinity));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
  if (low === high) return [low];
  const step = (high - low) / BINS;
  return Array.from({ length: BINS + 1 }, (_, at) => rounded(low + at * step, step));
}

/** Edges as short as the step allows, so that their labels can be read. */
function rounded(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(step))));
  return Number(value.toFixed(Math.min(digits, 12)));
}

/** Of numbers: shares between the edges, the first and the last bin open. Windows weigh as many as they have values. */
export function ofNumbers(profiles: readonly Profile[], edges: readonly number[], format: (value: number) => string): Distribution {
  const shares = new Array<number>(edges.length + 1).fill(0);
  let [rows, missing, values] = [0, 0, 0];
  for (const profile of profiles) {
    rows += profile.rows;
    missing += profile.nulls + profile.nans;
    const own = profile.rows - profile.nulls - profile.nans - profile.infinities;
    if (!profile.histogram || own <= 0) continue;
    values += own;
    profile.histogram.forEach((share, at) => {
      shares[at] = (shares[at] ?? 0) + share * own;
    });
  }
  const [first, last] = [edges[0] ?? 0, edges[edges.length - 1] ?? 0];
  const labels = shares.map((_, at) => {
    if (at === 0) return `< ${format(first)}`;
    if (at === edges.length) return `≥ ${format(last)}`;
    return `${format(edges[at - 1] ?? 0)} – ${format(edges[at] ?? 0)}`;
  });
  return { labels, shares: shares.map((s) => (values > 0 ? s / values : 0)), rows, missing };
}

/** Rows by value, as far as windows told them. */
function byValue(profiles: readonly Profile[]): Map<string, number> {
  const out = new Map<string, number>();
  for (const { frequent } of profiles) {
    for (const { value, low, high } of frequent) out.set(value, (out.get(value) ?? 0) + (low + high) / 2);
  }
  return out;
}

/** Of texts: the most frequent values of either time, and all others. */
export function ofCategories(now: readonly Profile[], reference: readonly Profile[]): { now: Distribution; reference: Distribution } {
  const [current, past] = [byValue(now), byValue(reference)];
  const most = [...new Set([...current.keys(), ...past.keys()])]
    .map((value) => ({ value, weight: Math.max((current.get(value) ?? 0) / total(now), (past.get(value) ?? 0) / total(reference)) }))
    .sort((a, b) => b.weight - a.weight || a.value.localeCompare(b.value))
    .slice(0, CATEGORIES)
    .map((v) => v.value);
  return { now: shares(now, current, most), reference: shares(reference, past, most) };
}

function total(profiles: readonly Profile[]): number {
  return Math.max(
    profiles.reduce((sum, p) => sum + p.rows - p.nulls, 0),
    1,
  );
}

function shares(profiles: readonly Profile[], counts: ReadonlyMap<string, number>, values: readonly string[]): Distribution {
  const all = total(profiles);
  const told = values.map((value) => (counts.get(value) ?? 0) / all);
  const rest = Math.max(0, 1 - told.reduce((a, b) => a + b, 0));
  const hasRest = rest > 0.001 && values.length > 0;
  return {
    labels: [...values, ...(hasRest ? [OTHER] : [])],
    shares: [...told, ...(hasRest ? [rest] : [])],
    rows: profiles.reduce((sum, p) => sum + p.rows, 0),
    missing: profiles.reduce((sum, p) => sum + p.nulls, 0),
  };
}

/** A column over a time: exact counts add up, the rest cannot be merged here. */
export interface ColumnFigures {
  column: string;
  type: string;
  rows: number;
  missing: number;
  mean: number | null;
  min: number | null;
  max: number | null;
}

export function byColumn(profiles: readonly Profile[]): Map<string, ColumnFigures> {
  const out = new Map<string, ColumnFigures>();
  for (const profile of profiles) {
    const own = out.get(profile.column) ?? { column: profile.column, type: profile.type, rows: 0, missing: 0, mean: null, min: null, max: null };
    const [had, has] = [own.rows - own.missing, profile.rows - profile.nulls - profile.nans];
    if (profile.mean !== null && profile.mean !== undefined && had + has > 0) own.mean = ((own.mean ?? 0) * had + profile.mean * has) / (had + has);
    own.min = least(own.min, profile.min, Math.min);
    own.max = least(own.max, profile.max, Math.max);
    own.rows += profile.rows;
    own.missing += profile.nulls + profile.nans;
    out.set(profile.column, own);
  }
  return out;
}

function least(a: number | null, b: number | null | undefined, choose: (a: number, b: number) => number): number | null {
  if (b === null || b === undefined) return a;
  return a === null ? b : choose(a, b);
}
