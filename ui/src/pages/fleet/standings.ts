import type { Alert, Model } from "../../api/queries";
import { plural } from "../../words/numbers";
import { rank, stateOfAlert, STATES, type State, worst } from "../../words/state";

/** A model and the alerts of it that are open. */
export interface FleetRow {
  model: Model;
  state: State;
  open: Alert[];
  predictions: number;
}

/** Whether somebody watches a model: no alert of one that nobody watches is no good news. */
export type Watch = "watching" | "learning" | "nobody";

/** Models, those first that need somebody, then by their traffic. Where alerts are not known nothing is. */
export function standings(models: readonly Model[], open: readonly Alert[] | null, watched: ReadonlyMap<string, Watch>): FleetRow[] {
  const rows = models.map((model): FleetRow => {
    const own = (open ?? []).filter((alert) => alert.model === model.name);
    const predictions = model.volumes.find((v) => v.table === "predictions")?.rows ?? 0;
    const isBlind = open === null || predictions === 0 || (own.length === 0 && (watched.get(model.name) ?? "watching") !== "watching");
    const state = isBlind ? "unknown" : worst(own.map(stateOfAlert));
    return { model, state, open: own, predictions };
  });
  return rows.sort(
    (a, b) =>
      rank(a.state) - rank(b.state) ||
      b.open.length - a.open.length ||
      b.predictions - a.predictions ||
      a.model.name.localeCompare(b.model.name),
  );
}

export function counts(rows: readonly FleetRow[]): { state: State; models: number }[] {
  return STATES.map((state) => ({ state, models: rows.filter((r) => r.state === state).length })).filter((c) => c.models > 0);
}

/** Whether somebody is needed, in a sentence. */
export function fleetSentence(rows: readonly FleetRow[]): string {
  const needy = rows.filter((r) => r.state === "act").length;
  const watched = rows.filter((r) => r.state === "watch").length;
  if (needy > 0) return `${plural(needy, "model")} of ${rows.length} ${needy === 1 ? "needs" : "need"} someone.`;
  const blind = rows.filter((r) => r.state === "unknown").length;
  if (watched === 0 && blind === rows.length) return "Nobody can tell yet: what is usual is still being learnt.";
  if (watched === 0 && blind > 0) return `No model is known to need someone; ${blind} of ${rows.length} cannot be judged yet.`;
  if (watched > 0) return `No model needs someone; ${watched} of ${rows.length} ${watched === 1 ? "is" : "are"} being looked after.`;
  return rows.length === 1 ? "The one model is as usual." : `All ${rows.length} models are as usual.`;
}
