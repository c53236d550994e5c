import uPlot from "uplot";
import type { Palette } from "./palette";
import { once } from "../words/numbers";

export interface Line {
  label: string;
  values: readonly (number | null)[];
  color?: string;
  dashed?: boolean;
  /** Bars from zero instead of a line. */
  bars?: boolean;
  /** Ends of its interval. */
  low?: readonly (number | null)[];
  high?: readonly (number | null)[];
}

/** What is fine. */
export interface Band {
  low: readonly (number | null)[];
  high: readonly (number | null)[];
}

/** Something that changed. */
export interface Marker {
  time: number;
  label: string;
}

/** A time that was out of bounds. */
export interface Span {
  from: number;
  to: number;
}

/** The columns that the chart draws: time, then the band, then each line with its interval. Up to `until` only the band goes on. */
export function plotData(times: readonly number[], lines: readonly Line[], band?: Band, until?: number): uPlot.AlignedData {
  const columns: (number | null)[][] = [];
  const add = (values: readonly (number | null)[], end: number | null = null) => columns.push(until === undefined ? [...values] : [...values, end]);
  if (band) {
    add(band.high, band.high[times.length - 1] ?? null);
    add(band.low, band.low[times.length - 1] ?? null);
  }
  for (const line of lines) {
    if (line.low && line.high) {
      add(line.high);
      add(line.low);
    }
    add(line.values);
  }
  const all = until === undefined ? times : [...times, until];
  return [all.map((t) => t / 1000), ...columns];
}

export function plotSeries(lines: readonly Line[], band: Band | undefined, palette: Palette): { series: uPlot.Series[]; bands: uPlot.Band[] } {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const edge = { width: 0, points: { show: false } };
  const between = (fill: string) => {
    series.push(edge, edge);
    bands.push({ series: [series.length - 2, series.length - 1], fill });
  };
  if (band) between(palette.band);
  for (const line of lines) {
    const color = line.color ?? palette.current;
    if (line.low && line.high) between(`${color}33`);
    series.push({
      label: line.label,
      stroke: color,
      width: 1.6,
      dash: line.dashed ? [5, 4] : undefined,
      spanGaps: false,
      points: { show: points(line.values), size: 4, fill: color },
      ...(line.bars ? { paths: uPlot.paths.bars?.({ size: [0.8, 40] }), fill: `${color}88`, width: 0.5, points: { show: false } } : {}),
    });
  }
  return { series, bands };
}

/** A value between two gaps would not be seen as a line. */
function points(values: readonly (number | null)[]): boolean {
  return values.length <= 60;
}

/** Shades and hatches what was out of bounds, so that it is seen without colour too. */
export function drawSpans(plot: uPlot, spans: readonly Span[], palette: Palette): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { from, to } of spans) {
    const left = plot.valToPos(from / 1000, "x", true);
    const right = plot.valToPos(to / 1000, "x", true);
    ctx.fillStyle = `${palette.breach}22`;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.beginPath();
    ctx.strokeStyle = `${palette.breach}55`;
    ctx.lineWidth = 1;
    for (let x = left - bbox.height; x < right; x += 8) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

export function drawMarkers(plot: uPlot, markers: readonly Marker[], palette: Palette): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = palette.text;
  ctx.fillStyle = palette.text;
  ctx.lineWidth = 1;
  for (const { time } of markers) {
    const x = Math.round(plot.valToPos(time / 1000, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([2, 3]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x - 5, bbox.top);
    ctx.lineTo(x + 5, bbox.top);
    ctx.lineTo(x, bbox.top + 7);
    ctx.fill();
  }
  ctx.restore();
}

const DAY_S = 86_400;
const CLOCK = once(() => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }));
const DATE = once(() => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }));

/** The date alone, where there is little room. */
export function dateOf(ms: number): string {
  return DATE().format(new Date(ms));
}

/** Ticks of time: the clock, and at midnight the date, which alone is told of longer times. */
export function timeTicks(splits: readonly number[], step: number): string[] {
  return splits.map((seconds, at) => {
    const date = new Date(seconds * 1000);
    if (step >= DAY_S) return DATE().format(date);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    return isMidnight || at === 0 ? `${CLOCK().format(date)}\n${DATE().format(date)}` : CLOCK().format(date);
  });
}
