import type { Monitor, Point } from "../../api/queries";
import { rank, stateOfMonitor } from "../../words/state";

/** How different one column is from its reference. */
export interface Drifted {
  monitor: Monitor;
  column: string;
  /** The segment, if it is watched by one. */
  where: string;
  /** Of the newest window that tells anything. */
  value: number | null;
  /** The upper end of what is fine. */
  fine: number | null;
  breaches: number;
  windows: number;
  /** Where the episode of breaches that lasts began. */
  since: number | null;
  n: number;
}

/** Columns that are watched for drift: those out of bounds first, then by how far out, in units of what matters. */
export function driftRows(monitors: readonly Monitor[]): Drifted[] {
  const rows = monitors.filter((m) => m.measure === "drift" && m.column).map(drifted);
  const size = (d: Drifted) => (d.value ?? 0) / (d.monitor.material || 1);
  return rows.sort(
    (a, b) =>
      rank(stateOfMonitor(a.monitor.state)) - rank(stateOfMonitor(b.monitor.state)) ||
      b.breaches - a.breaches ||
      size(b) - size(a) ||
      a.monitor.name.localeCompare(b.monitor.name),
  );
}

/** Windows that had rows enough to tell a value. */
export function telling(points: readonly Point[]): Point[] {
  return points.filter((p) => p.value !== null && p.value !== undefined);
}

function drifted(monitor: Monitor): Drifted {
  const told = telling(monitor.points);
  const last = told[told.length - 1];
  const segment = Object.entries(monitor.segment as Record<string, string>);
  return {
    monitor,
    column: monitor.column ?? "",
    where: segment.map(([name, value]) => `${name} ${value}`).join(", "),
    value: last?.value ?? null,
    fine: last?.band?.high ?? null,
    breaches: told.filter((p) => p.breach).length,
    windows: told.length,
    since: since(told),
    n: last?.n ?? 0,
  };
}

/** The beginning of the episode that the newest telling window belongs to. One calm window within does not end it, two do. */
export function since(told: readonly Point[]): number | null {
  if (!told[told.length - 1]?.breach) return null;
  let begun: number | null = null;
  let calm = 0;
  for (const point of [...told].reverse()) {
    calm = point.breach ? 0 : calm + 1;
    if (calm > 1) break;
    if (point.breach) begun = Date.parse(point.from);
  }
  return begun;
}
