import { useMemo } from "react";
import type { Point } from "../api/queries";
import { count, duration, number, percentFine } from "../words/numbers";
import { unitOf } from "../words/columns";
import { type Band, type Marker, type Span, TimeChart } from "./TimeChart";
import { usePalette } from "./usePalette";

const HOUR_MS = 3_600_000;

const FORMATS: Record<ReturnType<typeof unitOf>, (value: number | null) => string> = {
  share: percentFine,
  ms: (value) => (value === null ? "–" : `${number(value)} ms`),
  hours: (value) => (value === null ? "–" : duration(value * HOUR_MS)),
  count,
  plain: number,
};

export function formatOf(measure: string): (value: number | null) => string {
  return FORMATS[unitOf(measure)];
}

/** Windows by time. One that was told again, as outcomes came in, counts as it was told last. */
export function inOrder(points: readonly Point[]): Point[] {
  return [...new Map(points.map((p) => [p.from, p])).values()].sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
}

const SHARES = /^(accuracy|balanced_accuracy|precision|fdr|recall|fnr|specificity|fpr|npv|f1|f05|f2|jaccard|base_rate|selection_rate|roc_auc|pr_auc|average_precision|ks|coverage|ndcg|map|mrr|hit)(_|@|$)/;
const LOSSES = /^(log_loss|brier|mae|mse|rmse|median_ae|max_error|mape|smape|wape|msle|rmsle|pinball|interval_width|lift)(_|@|$)/;

/** Between what a figure can be at all: intervals and bands are estimates, and may reach beyond. */
export function limitsOf(measure: string, metric?: string | null): [number, number] {
  if (unitOf(measure) === "share" || measure === "drift") return [0, 1];
  if (unitOf(measure) !== "plain" || measure === "burn") return [0, Infinity];
  if (measure !== "performance" || !metric) return [-Infinity, Infinity];
  if (SHARES.test(metric)) return [0, 1];
  if (LOSSES.test(metric)) return [0, Infinity];
  return /^(mcc|kappa|gini)/.test(metric) ? [-1, 1] : [-Infinity, Infinity];
}

/** What heads the windows of a monitor: not every measure has intervals. */
export function windowsTitle(points: readonly Point[]): string {
  return points.some((p) => typeof p.low === "number" && typeof p.high === "number") ? "Last windows, with 95 % intervals" : "Last windows";
}

/** Ends of the scale: figures with their intervals, and the newest band. One wide band of long ago would flatten the line. */
export function scaleOf(points: readonly Point[], zero: boolean, clip: (value: number) => number): [number, number] {
  const newest = points.findLast((p) => p.band)?.band;
  const told = [...points.flatMap((p) => [p.value, p.low, p.high]), newest?.low, newest?.high].filter((v) => typeof v === "number").map(clip);
  if (told.length === 0) return [0, 1];
  const [least, most] = [Math.min(...told, ...(zero ? [0] : [])), Math.max(...told)];
  const pad = (most - least || Math.abs(most) || 1) * 0.08;
  return [zero && least === 0 ? 0 : least - pad, most + pad];
}

/** The band of each window, up to its end: a window that has none goes on with that of the window before. */
function bandOf(points: readonly Point[], [bottom, top]: [number, number], clip: (value: number) => number): Band {
  const ends = points.map((p): [number, number] | null => {
    const [low, high] = [p.band?.low ?? null, p.band?.high ?? null];
    if (low === null && high === null) return null;
    // A band that is open at one end reaches to the edge of the chart.
    return [low === null ? bottom : clip(low), high === null ? top : clip(high)];
  });
  const drawn = ends.map((own, at) => {
    const [before, now] = [points[at - 1], points[at]];
    return own ?? (before && now && Date.parse(before.to) === Date.parse(now.from) ? (ends[at - 1] ?? null) : null);
  });
  return { low: drawn.map((b) => b?.[0] ?? null), high: drawn.map((b) => b?.[1] ?? null) };
}

interface Props {
  title: string;
  measure: string;
  /** Which figure of performance it is. */
  metric?: string | null;
  points: readonly Point[];
  markers?: readonly Marker[];
  /** What the grey band is. */
  bandLabel?: string;
  height?: number;
}

/** The windows of a monitor: figure with interval, the band of what is fine, and what lay outside. */
export function MonitorChart({ title, measure, metric, points: told, markers, bandLabel = "usual", height = 150 }: Props) {
  const palette = usePalette();
  const zero = unitOf(measure) !== "plain";
  const { times, lines, band, breaches, until, bottom, top } = useMemo(() => {
    const points = inOrder(told);
    const [least, most] = limitsOf(measure, metric);
    const clip = (value: number) => Math.min(most, Math.max(least, value));
    const clipped = (value: number | null | undefined) => (typeof value === "number" ? clip(value) : null);
    const scale = scaleOf(points, zero, clip);
    const last = points[points.length - 1];
    return {
      times: points.map((p) => Date.parse(p.from)),
      lines: [
        {
          label: "now",
          values: points.map((p) => p.value ?? null),
          low: points.map((p) => clipped(p.low)),
          high: points.map((p) => clipped(p.high)),
          color: palette.current,
        },
      ],
      band: bandOf(points, scale, clip),
      breaches: points.filter((p) => p.breach).map((p): Span => ({ from: Date.parse(p.from), to: Date.parse(p.to) })),
      until: last ? Date.parse(last.to) : undefined,
      bottom: scale[0],
      top: scale[1],
    };
  }, [told, measure, metric, zero, palette]);
  const named = { bandLabel, breachLabel: "out of bounds" };
  return (
    <TimeChart title={title} times={times} lines={lines} band={band} breaches={breaches} markers={markers} format={formatOf(measure)} bottom={bottom} top={top} until={until} height={height} {...named} />
  );
}
