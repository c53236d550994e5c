import type { Monitor, Point } from "../../api/queries";
import type { Schemas } from "../../api/client";

/** What a backtest tells, read as far as it is understood. */
export type Backtest = Schemas["Backtest"];

interface ToldPoint {
  window: { from_us: number; to_us: number };
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  band: [number, number] | null;
  p_value: number | null;
  breach: boolean;
}

interface ToldSymptom {
  monitor: string;
  measure: string;
  column?: string | null;
  metric?: string | null;
  segment?: Record<string, string>;
  onset_us: number;
  sustained_us: number;
  over_us: number | null;
  sentence: string;
  points: ToldPoint[];
}

interface ToldTransition {
  at_us: number;
  alert: { id: string; severity: string; symptoms: ToldSymptom[] };
}

/** A time in which one monitor would have told, or told. */
export interface Firing {
  alert: string;
  from: number;
  /** When people were told. */
  told: number;
  to: number;
  /** Whether it was not over when the watched time ended. */
  open: boolean;
  sentence: string;
}

const MS = 1_000;
/** An end of a band that is not there is as far out as a float goes. */
const FAR = 1e300;

type Place = Pick<Monitor, "measure" | "column" | "metric" | "segment">;

function isOf(symptom: ToldSymptom, { measure, column, metric, segment }: Place): boolean {
  return (
    symptom.measure === measure &&
    (symptom.column ?? null) === (column ?? null) &&
    (symptom.metric ?? null) === (metric ?? null) &&
    JSON.stringify(symptom.segment ?? {}) === JSON.stringify(segment)
  );
}

function transitions(told: Backtest): ToldTransition[] {
  return told.transitions as unknown as ToldTransition[];
}

/** When one monitor told, by time. */
export function firings(told: Backtest, monitor: Place): Firing[] {
  const end = Date.parse(told.to);
  const out = new Map<string, Firing>();
  // Later transitions know when it was over.
  for (const { alert } of transitions(told)) {
    for (const symptom of alert.symptoms) {
      if (!isOf(symptom, monitor)) continue;
      out.set(`${alert.id} ${symptom.onset_us}`, {
        alert: alert.id,
        from: symptom.onset_us / MS,
        told: symptom.sustained_us / MS,
        to: symptom.over_us === null ? end : symptom.over_us / MS,
        open: symptom.over_us === null,
        sentence: symptom.sentence,
      });
    }
  }
  return [...out.values()].sort((a, b) => a.from - b.from);
}

/** How many alerts people would have had of the model in all. */
export function alertsOf(told: Backtest): number {
  return new Set(transitions(told).map((t) => t.alert.id)).size;
}

/** Every window of a monitor that backtests tell: those around its alerts, and the last ones. */
export function windowsOf(tolds: readonly Backtest[], monitor: Place): Point[] {
  const out = new Map<number, Point>();
  for (const told of tolds) {
    for (const { alert } of transitions(told)) {
      for (const symptom of alert.symptoms) {
        if (isOf(symptom, monitor)) for (const point of symptom.points) out.set(point.window.from_us / MS, shown(point));
      }
    }
    for (const standing of told.standing) {
      if (isOf(standing as unknown as ToldSymptom, monitor)) for (const point of standing.points) out.set(Date.parse(point.from), point);
    }
  }
  return [...out.entries()].sort(([a], [b]) => a - b).map(([, point]) => point);
}

function shown(point: ToldPoint): Point {
  const end = (value: number) => (Math.abs(value) < FAR ? value : null);
  const iso = (us: number) => new Date(us / MS).toISOString();
  return {
    from: iso(point.window.from_us),
    to: iso(point.window.to_us),
    value: point.value,
    low: point.low,
    high: point.high,
    n: point.n,
    band: point.band ? { low: end(point.band[0]), high: end(point.band[1]) } : null,
    p_value: point.p_value,
    breach: point.breach,
    before: null,
  };
}

/** One time of trouble, as the monitor is and as it was tried. */
export interface Pair {
  before: Firing | null;
  after: Firing | null;
}

/** Firings of two runs side by side: those that overlap are about the same. */
export function pairs(before: readonly Firing[], after: readonly Firing[]): Pair[] {
  const left = [...after];
  const out = before.map((own): Pair => {
    const at = left.findIndex((other) => other.from < own.to && own.from < other.to);
    return { before: own, after: at < 0 ? null : (left.splice(at, 1)[0] ?? null) };
  });
  out.push(...left.map((own) => ({ before: null, after: own })));
  return out.sort((a, b) => (a.before ?? a.after)!.from - (b.before ?? b.after)!.from);
}

export interface Totals {
  times: number;
  /** Milliseconds in which it told. */
  length: number;
  right: number;
  falseAlarms: number;
}

type Judged = Pick<Schemas["AlertView"], "onset_at" | "resolved_at" | "changed_at" | "verdict">;

/** How often it told, for how long, and what people said of the alerts of these times. */
export function totals(own: readonly Firing[], judged: readonly Judged[]): Totals {
  const verdicts = own.map(({ from, to }) => {
    const known = judged.filter((a) => a.verdict && Date.parse(a.onset_at) < to && Date.parse(a.resolved_at ?? a.changed_at) > from);
    return known.map((a) => a.verdict?.verdict ?? "");
  });
  return {
    times: own.length,
    length: own.reduce((sum, { from, to }) => sum + to - from, 0),
    right: verdicts.filter((v) => v.includes("true_positive")).length,
    falseAlarms: verdicts.filter((v) => v.includes("false_positive") && !v.includes("true_positive")).length,
  };
}

/** What the slid threshold would have changed, in a sentence. */
export function comparedSentence(before: Totals, after: Totals): string {
  const times = (n: number) => (n === 0 ? "never" : n === 1 ? "once" : n === 2 ? "twice" : `${n} times`);
  const same = before.times === after.times && before.length === after.length;
  if (after.times === 0) return same ? "It would never have told, exactly as it did." : `It would never have told, instead of ${times(before.times)}.`;
  return `It would have told ${times(after.times)}${same ? ", exactly as it did" : ` instead of ${times(before.times)}`}.`;
}
