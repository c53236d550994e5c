import { useMemo } from "react";
import { LazyChart } from "../../charts/LazyChart";
import { usePalette } from "../../charts/usePalette";
import { columnName } from "../../words/columns";
import { number, when } from "../../words/numbers";
import type { Drifted } from "./drift";

const ROWS_MAX = 60;

/** Columns by windows: how different each was, and where it was out of bounds. */
export function DriftHeat({ rows, onColumn }: { rows: readonly Drifted[]; onColumn: (column: string) => void }) {
  const palette = usePalette();
  const shown = rows.slice(0, ROWS_MAX);
  const option = useMemo(() => {
    const own = rows.slice(0, ROWS_MAX);
    const times = [...new Set(own.flatMap((d) => d.monitor.points.map((p) => Date.parse(p.from))))].sort((a, b) => a - b);
    const at = new Map(times.map((t, index) => [t, index]));
    const names = own.map((d) => columnName(d.column).name + (d.where ? `, ${d.where}` : ""));
    const cells = own.flatMap((d, y) =>
      d.monitor.points.flatMap((p) => {
        if (p.value === null || p.value === undefined) return [];
        return [{ value: [at.get(Date.parse(p.from)) ?? 0, y, p.value], breach: p.breach, n: p.n, from: p.from }];
      }),
    );
    const most = Math.max(...cells.map((c) => c.value[2] ?? 0), 0.2);
    return {
      grid: { left: 8, right: 8, top: 8, bottom: 56, containLabel: true },
      tooltip: {
        formatter: (told: { data: (typeof cells)[number] }) => {
          const [, y, value] = told.data.value;
          return `${names[y ?? 0] ?? ""}\n${when(told.data.from)}\ndifference ${number(value)}${told.data.breach ? " ▲ out of bounds" : ""}\nn = ${told.data.n.toLocaleString("en")}`;
        },
      },
      xAxis: { type: "category", data: times.map((t) => when(t)), axisLabel: { color: palette.dim, hideOverlap: true }, axisTick: { show: false } },
      yAxis: { type: "category", data: names, inverse: true, axisLabel: { color: palette.text, width: 150, overflow: "truncate" }, axisTick: { show: false } },
      visualMap: {
        min: 0,
        max: most,
        calculable: false,
        orient: "horizontal",
        left: "center",
        bottom: 0,
        itemHeight: 120,
        itemWidth: 10,
        text: [number(most), "0"],
        textStyle: { color: palette.dim },
        inRange: { color: [...palette.heat] },
      },
      series: [
        {
          type: "heatmap",
          data: cells,
          itemStyle: { borderColor: palette.page, borderWidth: 1 },
          label: { show: true, fontSize: 9, color: palette.breach, formatter: (told: { data: (typeof cells)[number] }) => (told.data.breach ? "▲" : ""), textBorderColor: palette.page, textBorderWidth: 2 },
          emphasis: { itemStyle: { borderColor: palette.text } },
        },
      ],
    };
  }, [rows, palette]);
  return (
    <LazyChart
      option={option}
      height={90 + shown.length * 22}
      label={`Difference from the reference of ${shown.length} columns over the last windows; the table below has the figures`}
      onPick={(picked) => {
        const [, y] = (picked.data as { value: number[] }).value;
        const chosen = shown[y ?? 0];
        if (chosen) onColumn(chosen.column);
      }}
    />
  );
}
