import type { Monitor } from "../../api/queries";
import { number, percent } from "../../words/numbers";
import { unitOf } from "../../words/columns";

/** A monitor as it would be declared, to be tried on history. */
export interface Trial {
  apiVersion: "candor/v1";
  kind: "Monitor";
  metadata: Record<string, unknown> & { name: string };
  spec: Record<string, unknown> & { model: string; measure: string };
}

/** Deviations of these measures are told as a ratio: twice, half. */
export function isRatio(measure: string): boolean {
  return measure === "volume" || measure === "label_delay" || measure.startsWith("latency");
}

const STEPS = [0.2, 0.35, 0.5, 0.7, 0.85, 1, 1.2, 1.5, 2, 3, 5];

/** Thresholds to slide over, ascending; the monitor's own lies in the middle. */
export function thresholds(measure: string, own: number): number[] {
  if (!isRatio(measure)) return STEPS.map((step) => rounded(own * step, own));
  // A ratio of one is no deviation at all.
  return STEPS.map((step) => (step === 1 ? own : rounded(1 + (own - 1) * step, own)));
}

function rounded(value: number, own: number): number {
  return value === own ? own : Number(value.toPrecision(2));
}

/** A deviation that matters, in words. */
export function deviation(measure: string, value: number): string {
  if (isRatio(measure)) return `${number(value)} times`;
  // Groups differ by points, not by a share of anything.
  if (measure === "fairness") return `${number(value * 100)} ${number(value * 100) === "1" ? "point" : "points"}`;
  return unitOf(measure) === "share" ? `${percent(value)} of the rows` : number(value);
}

/** Why the threshold of a monitor cannot be slid; null if it can. */
export function fixed(monitor: Pick<Monitor, "material">, declared: Trial | null): string | null {
  const decision = declared?.spec.decision;
  if (decision !== undefined && decision !== "band") {
    return "It does not decide by a deviation that matters, but by a rule of its own, which its declaration names.";
  }
  if (monitor.material <= 0) return "It has no deviation that matters: it decides by a bound or a budget of its own.";
  return null;
}

/** The monitor with another threshold: as it is declared, or the pack's as a declaration. */
export function trialOf(model: string, monitor: Monitor, declared: Trial | null, material: number): Trial {
  if (declared) return { ...declared, spec: { ...declared.spec, material } };
  const spec: Trial["spec"] = { model, measure: monitor.measure };
  if (monitor.column) spec.column = monitor.column;
  if (monitor.metric) spec.metric = monitor.metric;
  if (Object.keys(monitor.segment).length > 0) spec.segment = monitor.segment;
  spec.window = windowOf(monitor.window_s);
  spec.material = material;
  return { apiVersion: "candor/v1", kind: "Monitor", metadata: { name: nameOf(monitor.name) }, spec };
}

/** Names of objects have letters, digits, `.`, `_` and `-` only. */
export function nameOf(monitor: string): string {
  return monitor.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 128) || "tried";
}

export function windowOf(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  return seconds % 3_600 === 0 ? `${seconds / 3_600}h` : `${seconds / 60}m`;
}

/** As a file for `candor apply`. Values are written as JSON, which YAML reads as it stands. */
export function yaml({ apiVersion, kind, metadata, spec }: Trial): string {
  const entries = Object.entries(spec).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  return [`apiVersion: ${apiVersion}`, `kind: ${kind}`, `metadata: ${JSON.stringify(metadata)}`, "spec:", ...entries].join("\n");
}
