import { useMemo } from "react";
import type { Distribution } from "../words/distribution";
import { percent } from "../words/numbers";
import { LazyChart } from "./LazyChart";
import { usePalette } from "./usePalette";

interface Props {
  column: string;
  now: Distribution;
  reference: Distribution;
  referenceLabel: string;
  /** Numbers are steps; categories stand for themselves. */
  steps: boolean;
}

/** Shares now in blue, reference grey and dashed behind; below, what each bin gained or lost. */
export function DistributionChart({ column, now, reference, referenceLabel, steps }: Props) {
  const palette = usePalette();
  const option = useMemo(() => {
    const change = now.shares.map((share, at) => share - (reference.shares[at] ?? 0));
    const axis = { type: "category", data: now.labels, axisTick: { show: false } };
    const shareAxis = { type: "value", splitLine: { lineStyle: { color: palette.grid } }, axisLabel: { color: palette.dim, formatter: (v: number) => percent(v) } };
    const past = steps
      ? { type: "line", step: "middle", symbol: "none", lineStyle: { type: "dashed", width: 2, color: palette.reference } }
      : { type: "scatter", symbol: "rect", symbolSize: [26, 4] };
    return {
      legend: { top: 0, left: 0, textStyle: { color: palette.text }, data: ["now", referenceLabel] },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (value: unknown) => percent(value as number) },
      axisPointer: { link: [{ xAxisIndex: "all" }] },
      grid: [
        { left: 60, right: 12, top: 30, height: 170 },
        { left: 60, right: 12, top: 222, height: 50 },
      ],
      xAxis: [
        { ...axis, gridIndex: 0, axisLabel: { show: false } },
        { ...axis, gridIndex: 1, axisLabel: { color: palette.dim, hideOverlap: true, width: 90, overflow: "truncate" } },
      ],
      yAxis: [
        { ...shareAxis, gridIndex: 0 },
        { ...shareAxis, gridIndex: 1, splitNumber: 2 },
      ],
      series: [
        { name: "now", type: "bar", data: now.shares, itemStyle: { color: palette.current }, barCategoryGap: steps ? "8%" : "40%" },
        { name: referenceLabel, ...past, data: reference.shares, itemStyle: { color: palette.reference } },
        { name: "change", type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: change, itemStyle: { color: palette.series[1] } },
      ],
    };
  }, [now, reference, referenceLabel, steps, palette]);
  const most = now.shares.indexOf(Math.max(...now.shares));
  return (
    <LazyChart
      option={option}
      height={310}
      label={`Distribution of ${column}: most often ${now.labels[most] ?? ""} (${percent(now.shares[most])} now, ${percent(reference.shares[most])} in the ${referenceLabel})`}
    />
  );
}
