import { useMemo } from "react";
import { LazyChart } from "../../charts/LazyChart";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { number } from "../../words/numbers";
import { drawable, type Drawable } from "./answer";

export const chartOf = drawable;

/** An answer as a chart: lines over time, bars over categories. */
export function AnswerChart({ chart }: { chart: Drawable }) {
  const palette = usePalette();
  const lines = useMemo(() => (chart.kind === "time" ? chart.lines.map((line, at) => ({ ...line, color: palette.series[at] })) : []), [chart, palette]);
  const option = useMemo(() => {
    if (chart.kind !== "bars") return {};
    return {
      grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
      tooltip: { valueFormatter: (value: unknown) => number(value as number) },
      xAxis: { type: "value", axisLabel: { color: palette.dim, formatter: (v: number) => number(v) }, splitLine: { lineStyle: { color: palette.grid } } },
      yAxis: { type: "category", inverse: true, data: chart.labels, axisLabel: { color: palette.text, width: 220, overflow: "truncate" }, axisTick: { show: false } },
      series: [{ type: "bar", name: chart.label, data: chart.values, itemStyle: { color: palette.current }, barMaxWidth: 22 }],
    };
  }, [chart, palette]);
  if (chart.kind === "time") return <TimeChart title="Answer" times={chart.times} lines={lines} format={number} height={320} onBrush={() => undefined} />;
  return <LazyChart option={option} height={60 + chart.labels.length * 28} label={`${chart.label} by row`} />;
}
