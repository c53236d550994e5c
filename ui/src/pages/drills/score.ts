import type { Schemas } from "../../api/client";
import { rank, type State } from "../../words/state";

export type Drill = Schemas["DrillView"];

/** A drill by its newest rehearsal, and how the ones before went. */
export interface Rehearsed {
  name: string;
  newest: Drill;
  /** Oldest first, the newest included. */
  runs: Drill[];
}

export function stateOfDrill(drill: Drill): State {
  if (drill.not_run) return "unknown";
  return drill.passed ? "fine" : "act";
}

export const DRILL_WORDS: Record<State, string> = { fine: "passed", act: "failed", unknown: "was not run", watch: "watch" };

/** Rehearsals by drill, those first that failed. */
export function rehearsed(runs: readonly Drill[]): Rehearsed[] {
  const byName = new Map<string, Drill[]>();
  for (const run of runs) byName.set(run.name, [...(byName.get(run.name) ?? []), run]);
  const out: Rehearsed[] = [];
  for (const [name, own] of byName) {
    const sorted = [...own].sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
    const newest = sorted[sorted.length - 1];
    if (newest) out.push({ name, newest, runs: sorted });
  }
  return out.sort((a, b) => rank(stateOfDrill(a.newest)) - rank(stateOfDrill(b.newest)) || a.name.localeCompare(b.name));
}

export interface Kind {
  fault: string;
  seeded: number;
  caught: number;
}

/** How much of what can go wrong monitors catch. */
export interface Score {
  seeded: number;
  caught: number;
  falseAlarms: number;
  /** Half of the alerts came sooner, in seconds. */
  delay: number | null;
  /** How many alerts that is of. */
  delays: number;
  /** Those first of which most were missed. */
  kinds: Kind[];
}

/** The mutation score over the newest rehearsal of each drill. Faults that are too small to matter are not counted. */
export function mutationScore(drills: readonly Rehearsed[]): Score {
  const kinds = new Map<string, Kind>();
  const delays: number[] = [];
  let falseAlarms = 0;
  for (const { newest } of drills) {
    falseAlarms += newest.false_alarms.length;
    for (const expected of newest.expected) {
      if (typeof expected.delay_seconds === "number") delays.push(expected.delay_seconds);
    }
    for (const { fault, expected, caught } of newest.faults) {
      if (!expected) continue;
      const kind = kinds.get(fault) ?? { fault, seeded: 0, caught: 0 };
      kind.seeded += 1;
      kind.caught += caught ? 1 : 0;
      kinds.set(fault, kind);
    }
  }
  const list = [...kinds.values()].sort((a, b) => b.seeded - b.caught - (a.seeded - a.caught) || a.fault.localeCompare(b.fault));
  return {
    seeded: list.reduce((n, k) => n + k.seeded, 0),
    caught: list.reduce((n, k) => n + k.caught, 0),
    falseAlarms,
    delay: median(delays),
    delays: delays.length,
    kinds: list,
  };
}

function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** Whether anybody is needed, in a sentence. */
export function drillSentence(drills: readonly Rehearsed[]): string {
  const failed = drills.filter((d) => stateOfDrill(d.newest) === "act").length;
  const idle = drills.filter((d) => stateOfDrill(d.newest) === "unknown").length;
  if (drills.length === 0) return "No drill was rehearsed yet.";
  if (drills.length === 1 && failed === 1) return "The drill failed.";
  if (failed > 0) return `${failed} of ${drills.length} ${drills.length === 1 ? "drill" : "drills"} failed${idle > 0 ? `, and ${idle} could not be run` : ""}.`;
  if (idle > 0) return `${idle} of ${drills.length} ${drills.length === 1 ? "drill" : "drills"} could not be run.`;
  return drills.length === 1 ? "The drill passed." : `All ${drills.length} drills passed.`;
}
