import type { Schemas } from "../api/client";

type Step = Pick<Schemas["StepView"], "number" | "step" | "at" | "details">;
type Symptom = Pick<Schemas["SymptomView"], "monitor" | "measure" | "column" | "metric" | "segment" | "sustained_at">;

/** A step of an alert's history, or several that say the same. */
export interface Happening {
  number: number;
  step: string;
  at: string;
  /** When the last of them was. */
  until: string;
  times: number;
  /** The monitors that joined with it. */
  joined: Symptom[];
  details: unknown;
}

const isBare = (details: unknown) => typeof details !== "object" || details === null || Object.keys(details).length === 0;

/** An alert grows by monitors that join it, which no step names: those that were sustained since the step before are meant. */
export function happenings(history: readonly Step[], symptoms: readonly Symptom[]): Happening[] {
  const out: Happening[] = [];
  let before = -Infinity;
  for (const { number, step, at, details } of [...history].sort((a, b) => a.number - b.number)) {
    const [since, now] = [before, Date.parse(at)];
    before = now;
    const joined = step !== "grew" ? [] : symptoms.filter((s) => Date.parse(s.sustained_at) > since && Date.parse(s.sustained_at) <= now);
    const last = out[out.length - 1];
    if (last && last.step === step && joined.length + last.joined.length === 0 && isBare(details) && isBare(last.details)) {
      last.until = at;
      last.times += 1;
    } else {
      out.push({ number, step, at, until: at, times: 1, joined, details });
    }
  }
  return out;
}
