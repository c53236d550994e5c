import type { Monitor, Point, Profile } from "../../api/queries";
import { DAY, GRAIN_MS, HOUR, type Range } from "../../time/range";
import { failures } from "../../words/vitals";
import { wilson } from "./calibration";

/** A promise about a model, from its own spec or an object of kind `Objective`. */
export interface Objective {
  name: string;
  metric: string;
  atMost: number | null;
  atLeast: number | null;
  /** The share that must be good. */
  target: number;
  /** The rolling period: as it was written, and in milliseconds. */
  over: string;
  overMs: number;
}

/** What must be good: requests that do not fail, that are fast, or windows whose figure is within bounds. */
export type Promised = "answered" | "fast" | "windows";

/** Of how many rows, or windows, how many were bad; by time, without gaps. */
export interface Counted {
  from: number;
  to: number;
  bad: number;
  all: number;
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: HOUR, d: DAY, w: 7 * DAY };

/** The length of `30d`; null if it is none. */
export function span(text: string): number | null {
  const found = /^(\d{1,9})(ms|s|m|h|d|w)$/.exec(text);
  const length = Number(found?.[1] ?? 0) * (UNITS[found?.[2] ?? ""] ?? 0);
  return length > 0 ? length : null;
}

type Body = Record<string, unknown>;

function objective(body: Body, name: unknown): Objective | null {
  const figure = (value: unknown) => (typeof value === "number" ? value : null);
  const { metric, over } = body;
  const target = figure(body.target);
  if (typeof name !== "string" || typeof metric !== "string" || typeof over !== "string" || target === null) return null;
  const overMs = span(over);
  return overMs === null ? null : { name, metric, atMost: figure(body.at_most), atLeast: figure(body.at_least), target, over, overMs };
}

/** All that was promised of a model: in its spec, then in objects of their own. */
export function objectivesOf(model: string, spec: unknown, objects: readonly unknown[]): Objective[] {
  const inSpec = (spec as { spec?: { objectives?: unknown } } | undefined)?.spec?.objectives;
  const own = (Array.isArray(inSpec) ? (inSpec as Body[]) : []).map((body) => objective(body, body.name));
  const others = (objects as { metadata?: { name?: unknown }; spec?: Body }[])
    .filter((o) => o.spec?.model === model)
    .map((o) => objective(o.spec ?? {}, o.metadata?.name));
  return [...own, ...others].filter((o) => o !== null);
}

/** As the default pack reads it. */
export function promisedBy({ metric, atMost }: Objective): Promised {
  const [column = ""] = metric.split(".");
  if (["errors", "error_rate", "availability"].includes(column)) return "answered";
  return column === "latency_ms" && atMost !== null ? "fast" : "windows";
}

/** The monitor that the default pack makes of an objective, or what was declared in its place. */
export function monitorOf(objective: Objective, monitors: readonly Monitor[]): Monitor | null {
  const kind = promisedBy(objective);
  const figure = objective.metric.split(".")[1] ?? "";
  const measure = kind === "windows" ? "performance" : kind === "answered" ? "errors" : `latency_${["p50", "p95"].includes(figure) ? figure : "p99"}`;
  const metric = kind === "windows" ? objective.metric : objective.name;
  return monitors.find((m) => m.measure === measure && m.metric === metric && Object.keys(m.segment).length === 0) ?? null;
}

/** Longer periods are read by days. */
const HOURS_MAX = 31 * DAY;

export function grainFor({ overMs }: Objective): "1h" | "1d" {
  return overMs <= HOURS_MAX ? "1h" : "1d";
}

/** The period up to the last full hour: what is asked for stays the same within it. */
export function periodOf({ overMs }: Objective, nowMs: number): Range {
  const to = Math.floor(nowMs / HOUR) * HOUR;
  return { from: to - overMs, to };
}

/** The edge of a histogram with all that is at most `atMost` below it. */
export function edgeOf(atMost: number): number {
  return atMost + Math.max(Math.abs(atMost), 1) * 1e-12;
}

/** Good and bad rows by windows, from the profiles of `status`, or of `latency_ms` with one edge. */
export function counted(profiles: readonly Profile[], kind: Promised, range: Range, grain: "1h" | "1d"): Counted[] {
  const step = GRAIN_MS[grain];
  const byTime = new Map(profiles.map((p) => [Date.parse(p.from), p]));
  const out: Counted[] = [];
  for (let from = Math.floor(range.from / step) * step; from < range.to; from += step) {
    const profile = byTime.get(from);
    out.push({ from, to: from + step, ...(profile ? rowsOf(profile, kind) : { bad: 0, all: 0 }) });
  }
  return out;
}

function rowsOf(profile: Profile, kind: Promised): { bad: number; all: number } {
  if (kind === "answered") {
    const failed = failures(profile);
    return failed === null ? { bad: 0, all: 0 } : { bad: Math.min(failed, profile.rows), all: profile.rows };
  }
  const all = profile.rows - profile.nulls - profile.nans;
  const finite = all - profile.infinities;
  const fast = Math.round((profile.histogram?.[0] ?? 1) * finite);
  return profile.histogram ? { bad: all - fast, all } : { bad: 0, all: 0 };
}

/** Windows of a figure that is held within bounds. One that tells nothing is neither good nor bad. */
export function countedWindows(points: readonly Point[], { atMost, atLeast }: Objective, range: Range): Counted[] {
  const told = [...new Map(points.map((p) => [p.from, p])).values()];
  const own = told.map((p) => {
    const value = p.value ?? null;
    const bad = value !== null && ((atMost !== null && value > atMost) || (atLeast !== null && value < atLeast));
    return { from: Date.parse(p.from), to: Date.parse(p.to), bad: Number(bad), all: Number(value !== null) };
  });
  return own.filter((w) => w.to > range.from && w.from < range.to).sort((a, b) => a.from - b.from);
}

/** How a promise stands. */
export interface Kept {
  bad: number;
  all: number;
  /** The share that was good, with its 95 % interval; null of nothing. */
  good: number | null;
  ends: [number, number] | null;
  /** What is left of the error budget, 1 for all of it; below 0 more was spent than there was. */
  left: number | null;
  /** How much may be bad of as much as there was. */
  allowed: number;
  /** Where what is known begins, if that is later than the period. */
  since: number | null;
}

export function kept(counts: readonly Counted[], target: number, range: Range): Kept {
  const bad = sum(counts.map((c) => c.bad));
  const all = sum(counts.map((c) => c.all));
  const allowed = (1 - target) * all;
  const first = counts.find((c) => c.all > 0);
  const late = first && first.from - range.from >= first.to - first.from;
  const share = all > 0 ? bad / all : null;
  const bounds = share === null ? null : wilson(share, all);
  return {
    bad,
    all,
    allowed,
    good: share === null ? null : 1 - share,
    ends: bounds && [1 - bounds[1], 1 - bounds[0]],
    left: share === null ? null : bad === 0 ? 1 : allowed > 0 ? 1 - bad / allowed : -Infinity,
    since: late ? first.from : null,
  };
}

/** How fast the budget goes: at 1 it is spent when the period ends. */
export interface Burn {
  rate: number | null;
  low: number | null;
  high: number | null;
  bad: number;
  all: number;
}

/** The burn rate of the time before an instant. Of a target of 100 % there is none: it has no budget. */
export function burnAt(counts: readonly Counted[], target: number, lengthMs: number, atMs: number): Burn {
  const own = counts.filter((c) => c.to <= atMs && c.to > atMs - lengthMs);
  return burn(sum(own.map((c) => c.bad)), sum(own.map((c) => c.all)), target);
}

function burn(bad: number, all: number, target: number): Burn {
  const budget = 1 - target;
  if (all === 0 || budget <= 0) return { rate: null, low: null, high: null, bad, all };
  const [low, high] = wilson(bad / all, all);
  return { rate: bad / all / budget, low: low / budget, high: high / budget, bad, all };
}

/** The burn rate of the time before each window's end; counts are in order and without gaps. */
export function burnOver(counts: readonly Counted[], target: number, lengthMs: number): Burn[] {
  const out: Burn[] = [];
  let [bad, all, first] = [0, 0, 0];
  for (const window of counts) {
    bad += window.bad;
    all += window.all;
    for (let old = counts[first]; old && old.to <= window.to - lengthMs; old = counts[first]) {
      bad -= old.bad;
      all -= old.all;
      first += 1;
    }
    out.push(burn(bad, all, target));
  }
  return out;
}

/** When an error budget tells someone: it burns so fast in a long and a short time at once. As the engine's. */
export interface Rule {
  longMs: number;
  shortMs: number;
  threshold: number;
}

const RULES: readonly [number, number, number][] = [
  [HOUR, HOUR / 12, 0.02],
  [6 * HOUR, HOUR / 2, 0.05],
  [DAY, 2 * HOUR, 0.1],
  [3 * DAY, 6 * HOUR, 0.1],
];

/** Windows of objectives are hours, so that nothing shorter is looked at. */
export function rulesOf({ overMs }: Objective): Rule[] {
  return RULES.map(([longMs, shortMs, spent]) => ({ longMs, shortMs: Math.max(shortMs, HOUR), threshold: (spent * overMs) / longMs }));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
