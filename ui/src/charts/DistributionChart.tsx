import { useMemo } from "react";
import type { Distribution } from "../words/distribution";
import { number, percent, signed } from "../words/numbers";
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

/** A difference of shares is told in points: 2 % more could be a part of what was. */
function points(value: number): string {
  return `${signed(value * 100, (v) => number(v, 2))} points`;
}

/** On narrow charts a step is named by where it begins, so that more of them are. */
function byWidth(steps: boolean) {
  const labels = (formatter: (label: string) => string) => [{}, { axisLabel: { formatter } }];
  const right = (px: number) => [{ right: px }, { right: px }];
  return [
    { query: { minWidth: 500 }, option: { grid: right(30), xAxis: labels((label) => label) } },
    { query: { maxWidth: 499 }, option: { grid: right(26), xAxis: labels((label) => (steps ? (label.split(" – ")[0] ?? label) : label)) } },
  ];
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
        { left: 60, right: 30, top: 30, height: 170 },
        { left: 60, right: 30, top: 240, height: 50 },
      ],
      media: byWidth(steps),
      xAxis: [
        { ...axis, gridIndex: 0, axisLabel: { show: false } },
        { ...axis, gridIndex: 1, axisLabel: { color: palette.dim, hideOverlap: true, showMinLabel: true, showMaxLabel: true, width: 90, overflow: "truncate" } },
      ],
      yAxis: [
        { ...shareAxis, gridIndex: 0 },
        {
          ...shareAxis,
          gridIndex: 1,
          splitNumber: 2,
          axisLabel: { color: palette.dim, formatter: (v: number) => number(v * 100, 2) },
          name: "Change, in points of the share",
          nameGap: 10,
          nameTextStyle: { align: "left", color: palette.text },
        },
      ],
      series: [
        { name: "now", type: "bar", data: now.shares, itemStyle: { color: palette.current }, barCategoryGap: steps ? "8%" : "40%" },
        { name: referenceLabel, ...past, data: reference.shares, itemStyle: { color: palette.reference } },
        { name: "change", type: "bar", xAxisIndex: 1, yAxisIndex: 1, data: change, itemStyle: { color: palette.series[1] }, tooltip: { valueFormatter: (value: unknown) => points(value as number) } },
      ],
    };
  }, [now, reference, referenceLabel, steps, palette]);
  const most = now.shares.indexOf(Math.max(...now.shares));
  return (
    <LazyChart
      option={option}
      height={328}
      label={`Distribution of ${column}: most often ${now.labels[most] ?? ""} (${percent(now.shares[most])} now, ${percent(reference.shares[most])} in the ${referenceLabel})`}
    />
  );
}
