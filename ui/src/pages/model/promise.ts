import { during, quoted, tableOf } from "../../api/sql";
import { iso, type Range } from "../../time/range";
import { count, duration, number, percent, plural, when, withPercent } from "../../words/numbers";
import type { State } from "../../words/state";
import { type Burn, type Kept, type Objective, type Promised, promisedBy } from "./objectives";

/** Objectives in words, and where their rows are. */

/** A share close to all, with the digits that tell how close. */
export function goodShare(share: number | null): string {
  if (share === null) return percent(share);
  const digits = share < 1 ? Math.min(4, Math.max(1, Math.ceil(-Math.log10(1 - share)) - 1)) : 0;
  const told = Number((share * 100).toFixed(digits));
  return told === 100 && share < 1 ? percent(share) : withPercent(told);
}

/** What must be good, after a number of them: `requests that do not fail`. */
export function promisedWords(objective: Objective): string {
  const { metric, atMost, atLeast } = objective;
  switch (promisedBy(objective)) {
    case "answered":
      return "of requests do not fail";
    case "fast":
      return `of requests are answered within ${number(atMost)} ms`;
    case "windows":
      return `of windows have ${metric.replaceAll("_", " ")} ${[atLeast === null ? "" : `of ${number(atLeast)} or more`, atMost === null ? "" : `of ${number(atMost)} or less`].filter(Boolean).join(" and ")}`;
  }
}

const BAD: Record<Promised, [string, string]> = {
  answered: ["failed request", "failed requests"],
  fast: ["slow request", "slow requests"],
  windows: ["bad window", "bad windows"],
};
const ALL: Record<Promised, [string, string]> = {
  answered: ["request", "requests"],
  fast: ["request", "requests"],
  windows: ["window", "windows"],
};

export const badWords = (kind: Promised, n: number) => plural(n, ...BAD[kind]);
export const allWords = (kind: Promised, n: number) => plural(n, ...ALL[kind]);

/** How an objective stands: state, its word, and what to read first. */
export interface Verdict {
  state: State;
  word: string;
  sentences: string[];
}

/** Whether its monitor tells people now; null where no monitor watches it. */
export type Told = "firing" | "quiet" | null;

/** `day` is how fast the budget went in the last day. */
export function verdict(objective: Objective, own: Kept, day: Burn, told: Told): Verdict {
  const kind = promisedBy(objective);
  const unwatched = told === null ? ["Nobody is told if that changes: no monitor watches it yet."] : [];
  if (own.good === null || own.left === null) {
    return { state: "unknown", word: "cannot tell", sentences: [`Nobody can tell whether this is kept: ${nothing(kind)}.`, ...unwatched] };
  }
  const of = `Of ${allWords(kind, own.all)} ${goodShare(own.good)} were good; ${goodShare(objective.target)} are promised.`;
  if (own.left < 0) {
    const times = own.allowed >= 1 ? `, ${number(own.bad / own.allowed, 2)} times as many as may be` : ", more than may be";
    return { state: "act", word: "spent", sentences: [`The promise is broken: there were ${badWords(kind, own.bad)}${times}.`, of, ...unwatched] };
  }
  const pace = paceOf(objective, own.left, day);
  if (told === "firing") {
    return { state: "act", word: "burning too fast", sentences: [`The promise is still kept, but its error budget is being spent too fast.`, ...pace, of] };
  }
  const budget = own.bad === 0 ? `there was no ${BAD[kind][0]}` : `${percent(own.left)} of its error budget is left`;
  return { state: pace.length > 0 ? "watch" : "fine", word: pace.length > 0 ? "kept, for now" : "kept", sentences: [`The promise is kept: ${budget}.`, ...pace, of, ...unwatched] };
}

function nothing(kind: Promised): string {
  if (kind === "answered") return "no request of this period tells its status";
  return kind === "fast" ? "no request of this period tells how long it took" : "no window of this period tells the figure";
}

/** Said only where the last day surely spent more than a day may. */
function paceOf({ overMs }: Objective, left: number, day: Burn): string[] {
  if (day.rate === null || day.low === null || day.low <= 1) return [];
  const until = duration((Math.max(left, 0) * overMs) / day.rate);
  return [`In the last day it went ${number(day.rate, 2)} times as fast as may be: at this pace it is spent in ${until}.`];
}

/** What the figures are of, honestly. */
export function coverage({ over }: Objective, kind: Promised, own: Kept, range: Range): string {
  const period = `The last ${over}, up to ${when(range.to)}, whatever the time above; the newest rows may not be in it yet`;
  if (own.all === 0 || own.since === null) return `${period}.`;
  const why = kind === "windows" ? "earlier windows are not kept at hand" : "before, there were none";
  return `${period}. Known since ${when(own.since)} only: ${why}.`;
}

/** Good and bad rows by hour, as a statement. */
export function countsSql(model: string, objective: Objective, range: Range): string {
  const fast = promisedBy(objective) === "fast";
  const bad = fast ? `${quoted("latency_ms")} > ${objective.atMost ?? 0}` : "status = 'error'";
  const all = fast ? "count(latency_ms)" : "count(*)";
  return `SELECT date_trunc('hour', time) AS hour, ${all} AS requests, count(CASE WHEN ${bad} THEN 1 END) AS bad FROM ${tableOf(model, "predictions")} WHERE ${during(range)} GROUP BY 1 ORDER BY 1`;
}

/** The page of the bad rows. */
export function badRows(model: string, objective: Objective, range: Range) {
  const where = promisedBy(objective) === "fast" ? `latency_ms>${objective.atMost ?? 0}` : "status=error";
  return { model, where: [where], from: iso(range.from), to: iso(range.to) };
}

/** The budget, for people who do not see the bar. */
export function budgetWords(kind: Promised, own: Kept): string {
  if (own.left === null) return "Nothing to count yet";
  if (own.allowed === 0) return own.bad === 0 ? "Nothing may be bad, and nothing was" : `Nothing may be bad, ${badWords(kind, own.bad)} were`;
  const left = own.left < 0 ? "Nothing is left" : `${percent(own.left)} is left`;
  return `${left}: ${badWords(kind, own.bad)}, of ${allWords(kind, own.all)} ${count(Math.floor(own.allowed + 1e-9))} may be`;
}

/** An objective to begin with. */
export function example(model: string): string {
  return `apiVersion: candor/v1
kind: Objective
metadata: {name: ${model}-answers}
spec:
  model: ${model}
  metric: errors
  target: 0.995   # 99.5 of 100 requests do not fail
  over: 30d
---
apiVersion: candor/v1
kind: Objective
metadata: {name: ${model}-fast}
spec:
  model: ${model}
  metric: latency_ms.p99
  at_most: 300    # milliseconds
  target: 0.99    # of requests
  over: 30d
`;
}
