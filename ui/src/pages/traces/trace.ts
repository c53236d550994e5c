import { count, milliseconds, plural } from "../../words/numbers";
import type { Span } from "./spans";
import type { Node } from "./tree";

/** From the first beginning to the last end, in microseconds since 1970. */
export interface Extent {
  from: number;
  to: number;
}

export function extentOf(spans: readonly Span[]): Extent {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { start, durationMs } of spans) {
    from = Math.min(from, start);
    to = Math.max(to, start + (durationMs ?? 0) * 1000);
  }
  return Number.isFinite(from) ? { from, to } : { from: 0, to: 0 };
}

/** What a trace comes to. Tokens and cost are those of its calls of models: agents repeat what their calls used. */
export interface Totals {
  spans: number;
  failed: number;
  calls: number;
  durationMs: number;
  inputTokens: number | null;
  outputTokens: number | null;
  /** Of the calls whose cost is known. */
  costUsd: number | null;
  /** Calls whose cost nobody knows. */
  uncosted: number;
  models: string[];
  services: string[];
  conversations: string[];
}

export function totals(spans: readonly Span[]): Totals {
  const { from, to } = extentOf(spans);
  const calls = spans.filter((s) => s.model !== null);
  const distinct = (of: (span: Span) => string | null) => [...new Set(spans.map(of).filter((v): v is string => v !== null))];
  return {
    spans: spans.length,
    failed: spans.filter((s) => s.status === "error").length,
    calls: calls.length,
    durationMs: (to - from) / 1000,
    inputTokens: sum(calls.map((s) => s.inputTokens)),
    outputTokens: sum(calls.map((s) => s.outputTokens)),
    costUsd: sum(calls.map((s) => s.costUsd)),
    uncosted: calls.filter((s) => s.costUsd === null).length,
    models: distinct((s) => s.model),
    services: distinct((s) => s.service),
    conversations: distinct((s) => s.conversationId),
  };
}

/** Of what is known; null if nothing is. */
export function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((v): v is number => v !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}

/** What a trace is, how long it took, and whether anything of it failed. */
export function sentence(roots: readonly Node[], { spans, failed, durationMs }: Totals): string {
  const first = roots.find((node) => node.place === "root");
  const took = milliseconds(durationMs);
  const ended = failed === 0 ? "no span of it failed" : failed === spans ? (spans === 1 ? "it failed" : `all its ${count(spans)} spans failed`) : `${count(failed)} of its ${count(spans)} spans failed`;
  return first ? `${first.span.name} took ${took}; ${ended}.` : `The beginning of this trace is not here; what is took ${took}, and ${ended}.`;
}

/** What is odd about how a trace is drawn, a sentence each. */
export function oddities(roots: readonly Node[], all: readonly Node[]): string[] {
  const orphans = roots.filter((n) => n.place === "orphan").length;
  const circles = roots.filter((n) => n.place === "circle").length;
  const early = all.filter((n) => n.early > 0);
  const out: string[] = [];
  if (orphans > 0) out.push(`${plural(orphans, "span")} ${orphans === 1 ? "has a parent that is" : "have parents that are"} not here: late, not sampled, or sent elsewhere. ${orphans === 1 ? "It stands" : "They stand"} at the root.`);
  if (circles > 0) out.push(`The parents of ${plural(circles, "span")} go in a circle, which is cut.`);
  if (early.length > 0) {
    const most = Math.max(...early.map((n) => n.early));
    out.push(`${plural(early.length, "span")} ${early.length === 1 ? "begins" : "begin"} before ${early.length === 1 ? "its parent" : "their parents"}, by up to ${milliseconds(most)}: the clocks of their machines seem to differ. Times are drawn as they were sent.`);
  }
  return out;
}

/** Tokens that went in and came out. */
export function tokens({ inputTokens, outputTokens }: Pick<Totals, "inputTokens" | "outputTokens">): string {
  return inputTokens === null && outputTokens === null ? "–" : `${count(inputTokens)} → ${count(outputTokens)}`;
}

const STEPS = [1, 2, 5];
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** Steps of what takes long, as clocks divide it. */
const LONG_STEPS = [10_000, 30_000, ...[1, 2, 5, 10, 30].map((n) => n * MINUTE), ...[1, 2, 6, 12].map((n) => n * HOUR), ...[1, 2, 5, 10, 20, 50, 100].map((n) => n * DAY)];

/** Ticks of a ruler over so many milliseconds: at most so many round steps. */
export function ticks(lengthMs: number, most: number): number[] {
  if (lengthMs <= 0 || most < 1) return [0];
  const least = lengthMs / most;
  const power = Math.floor(Math.log10(least));
  const short = [power, power + 1].flatMap((p) => STEPS.map((s) => s * 10 ** p));
  const step = (least > 5_000 ? LONG_STEPS : short).find((s) => s >= least) ?? lengthMs;
  const out: number[] = [];
  for (let at = 0; at * step <= lengthMs * (1 + 1e-9); at++) out.push(at * step);
  return out;
}
