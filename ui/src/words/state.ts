import type { Schemas } from "../api/client";

/** How something stands: whether it needs somebody. */
export type State = "act" | "watch" | "fine" | "unknown";

/** Worst first. */
export const STATES: readonly State[] = ["act", "watch", "unknown", "fine"];

export const STATE_WORDS: Record<State, string> = {
  act: "needs action",
  watch: "watch",
  fine: "fine",
  unknown: "cannot tell",
};

export const STATE_SIGNS: Record<State, string> = { act: "▲", watch: "◆", fine: "●", unknown: "○" };

export function worst(states: readonly State[]): State {
  return STATES.find((state) => states.includes(state)) ?? "fine";
}

export function rank(state: State): number {
  return STATES.indexOf(state);
}

type Alert = Pick<Schemas["AlertView"], "state" | "severity">;

/** Whether an alert needs somebody: one that nobody looks after, unless it only informs. */
export function stateOfAlert(alert: Alert): State {
  switch (alert.state) {
    case "firing":
      return alert.severity === "info" ? "watch" : "act";
    case "acknowledged":
    case "recovering":
      return "watch";
    case "unknown":
      return "unknown";
    default:
      return "fine";
  }
}

export function stateOfMonitor(state: string): State {
  switch (state) {
    case "firing":
      return "act";
    case "pending":
      return "watch";
    case "ok":
      return "fine";
    default:
      return "unknown";
  }
}

/** The four layers in which a model can be ill, and the measures that tell of each. */
export const LAYERS = ["service", "data", "model", "business"] as const;
export type Layer = (typeof LAYERS)[number];

const LAYER_OF: Record<string, Layer> = {
  volume: "service",
  errors: "service",
  latency_p50: "service",
  latency_p95: "service",
  latency_p99: "service",
  missing: "data",
  unseen: "data",
  range: "data",
  mode: "data",
  mean: "data",
  freshness: "data",
  labels: "model",
  label_delay: "model",
  performance: "model",
  fairness: "model",
  complaints: "business",
  feedback: "business",
  effect: "business",
};

type Watched = Pick<Schemas["MonitorStanding"], "measure" | "column">;

/** Drift of what goes in is a matter of data, of what comes out a matter of the model. */
export function layerOf({ measure, column }: Watched): Layer {
  if (measure === "drift") return column?.startsWith("output_") ? "model" : "data";
  return LAYER_OF[measure] ?? "service";
}

/** How one layer stands: its worst monitor, how many there are, and how many of them tell people, or may soon. */
export interface LayerState {
  layer: Layer;
  state: State;
  monitors: number;
  firing: number;
  pending: number;
}

export function layerStates(monitors: readonly (Watched & { state: string })[]): LayerState[] {
  return LAYERS.map((layer) => {
    const own = monitors.filter((m) => layerOf(m) === layer).map((m) => stateOfMonitor(m.state));
    const [firing, pending] = [own.filter((s) => s === "act").length, own.filter((s) => s === "watch").length];
    // Some monitors that cannot tell are no news beside others that can.
    const known = own.filter((s) => s !== "unknown");
    return { layer, monitors: own.length, firing, pending, state: known.length === 0 ? "unknown" : worst(known) };
  });
}

/** What is out of bounds in a layer: `12 firing, 6 pending`; null where nothing is. */
export function illWords({ firing, pending }: Pick<LayerState, "firing" | "pending">): string | null {
  const told = [firing > 0 ? `${firing} firing` : "", pending > 0 ? `${pending} pending` : ""].filter(Boolean);
  return told.length > 0 ? told.join(", ") : null;
}
