import { TABS } from "../pages/model/tabs";

const PLACES: Record<string, string> = { "": "Fleet", predictions: "Predictions", traces: "Traces", alerts: "Alerts", drills: "Drills", sql: "SQL" };

/** What the browser calls a page, in its tabs and its history: what it is about first, for there is little room. */
export function pageTitle(path: string, { tab, show, model }: { tab?: string; show?: string; model?: string } = {}): string {
  const [place = "", ...rest] = path.replace(/^\//, "").split("/").map(named);
  return [...partsOf(place, rest, { tab, show, model }), "Candor"].filter(Boolean).join(" · ");
}

function partsOf(place: string, [first, second]: readonly string[], { tab, show, model = "" }: { tab?: string; show?: string; model?: string }): string[] {
  if (place === "models" && first) return [first, TABS.find(({ id }) => id === tab)?.label ?? ""];
  if (place === "predictions" && first && second) return [`Prediction ${second}`, first];
  if (place === "traces" && first) return [`Trace ${first}`];
  if (place === "conversations" && first) return [`Conversation ${first}`];
  if (place === "alerts" && first) return ["Alert"];
  if (place === "alerts" && show === "silences") return ["Silences"];
  if (place === "drills" && (show === "backtest" || (model && !show))) return ["Backtest", model];
  return [PLACES[place] ?? "", place === "predictions" || place === "alerts" ? model : ""];
}

/** A part of an address as it reads. */
function named(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
