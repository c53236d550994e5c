import type { Schemas } from "../api/client";
import { plainly } from "./columns";
import { plural, when } from "./numbers";
import { stateOfAlert, type State, worst } from "./state";

type Alert = Schemas["AlertView"];
type Standing = Schemas["ModelStanding"];

/** What a model's page says first, for people who are no data scientists. */
export interface Summary {
  state: State;
  /** What is so, since when, what is not known, who acts; a sentence each. */
  sentences: string[];
}

const OPEN = new Set(["firing", "acknowledged", "unknown", "recovering"]);

export function isOpen(alert: Pick<Alert, "state">): boolean {
  return OPEN.has(alert.state);
}

/** The summary of a model from its open alerts and how its monitors stand; the same facts give the same words. */
export function summarise(model: string, alerts: readonly Alert[], standing: Standing | null): Summary {
  const open = alerts.filter(isOpen);
  const monitors = standing?.monitors ?? [];
  const pending = monitors.filter((m) => m.state === "pending");
  if (open.length === 0 && !standing) {
    return {
      state: "unknown",
      sentences: [`Nobody watches ${model} yet.`, "Monitors begin a minute after its first prediction."],
    };
  }
  if (open.length === 0 && standing?.state === "learning") {
    return {
      state: "unknown",
      sentences: [
        `Cannot tell yet whether ${model} is as usual.`,
        `What is usual is learnt until ${when(standing.reference_to)}.`,
      ],
    };
  }
  const alertStates = open.map(stateOfAlert);
  const state = worst([...alertStates, pending.length > 0 ? "watch" : "fine"]);
  const sentences = open.length === 0 ? calm(model, pending.length) : open.flatMap(told);
  const blind = monitors.filter((m) => m.state === "unknown").length;
  if (blind > 0) sentences.push(`${plural(blind, "monitor")} of ${monitors.length} cannot tell: too little data.`);
  return { state, sentences };
}

function calm(model: string, pending: number): string[] {
  if (pending === 0) return [`${model} is fine: nothing differs from what is usual for long enough to matter.`];
  const it = pending === 1 ? "One monitor is" : `${pending} monitors are`;
  return [`${it} out of bounds, not yet for long enough to tell anyone.`];
}

function told(alert: Alert): string[] {
  const [chief] = alert.symptoms;
  const out = [(chief && plainly(chief)) ?? closed(firstSentence(alert.cause))];
  out.push(`It began ${when(alert.onset_at)}${near(alert)}.`);
  if (alert.symptoms.length > 1) out.push(`${plural(alert.symptoms.length - 1, "other monitor")} changed with it.`);
  if (alert.state === "recovering") out.push("It has been back to normal for a while, not yet for long enough to be over.");
  if (alert.state === "unknown") out.push("Whether it goes on nobody can tell: data are missing.");
  out.push(who(alert));
  return out;
}

function near(alert: Alert): string {
  const change = alert.changes[0];
  return change ? `, near a change: ${change.what}` : "";
}

function who(alert: Alert): string {
  return alert.acknowledged ? `${alert.acknowledged.by} looks after it.` : "Nobody has said yet that they look after it.";
}

function closed(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Up to the first full stop that ends a sentence, not one within a number. */
export function firstSentence(text: string): string {
  const end = /[.!?](?=\s+[A-Z])/.exec(text);
  return end ? text.slice(0, end.index + 1) : text;
}
