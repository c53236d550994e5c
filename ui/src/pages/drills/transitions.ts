/** What a backtest would have told, read from its transitions. */

export interface Told {
  id: string;
  family: string;
  severity: string;
  cause: string;
  onset: number;
  fired: number;
  resolved: number | null;
}

type Json = Record<string, unknown>;

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** The engine counts in microseconds since 1970. */
function milliseconds(value: unknown): number | null {
  return typeof value === "number" ? value / 1000 : null;
}

/** Alerts as they ended, in the order in which they fired. */
export function alertsOf(transitions: readonly unknown[]): Told[] {
  const byId = new Map<string, Told>();
  for (const transition of transitions) {
    const alert = (transition as Json).alert as Json | undefined;
    if (!alert) continue;
    const onset = milliseconds(alert.onset_us);
    const fired = milliseconds(alert.fired_us);
    if (onset === null || fired === null) continue;
    byId.set(text(alert.id), {
      id: text(alert.id),
      family: text(alert.family),
      severity: text(alert.severity),
      cause: text(alert.cause),
      onset,
      fired,
      resolved: milliseconds(alert.resolved_us),
    });
  }
  return [...byId.values()].sort((a, b) => a.fired - b.fired);
}
