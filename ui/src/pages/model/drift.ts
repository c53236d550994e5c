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
  /** Where the newest run of breaches began. */
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

function drifted(monitor: Monitor): Drifted {
  const telling = monitor.points.filter((p) => p.value !== null && p.value !== undefined);
  const last = telling[telling.length - 1];
  const segment = Object.entries(monitor.segment as Record<string, string>);
  return {
    monitor,
    column: monitor.column ?? "",
    where: segment.map(([name, value]) => `${name} ${value}`).join(", "),
    value: last?.value ?? null,
    fine: last?.band?.high ?? null,
    breaches: telling.filter((p) => p.breach).length,
    windows: telling.length,
    since: since(telling),
    n: last?.n ?? 0,
  };
}

/** The beginning of the run of breaches that the newest telling window belongs to. */
export function since(telling: readonly Point[]): number | null {
  let begun: number | null = null;
  for (const point of [...telling].reverse()) {
    if (!point.breach) break;
    begun = Date.parse(point.from);
  }
  return begun;
}
