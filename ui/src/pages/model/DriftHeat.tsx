import { useMemo } from "react";
import { dateOf } from "../../charts/plot";
import { LazyChart } from "../../charts/LazyChart";
import { usePalette } from "../../charts/usePalette";
import { columnName } from "../../words/columns";
import { number, when } from "../../words/numbers";
import type { Drifted } from "./drift";

const ROWS_MAX = 60;

/** Marks that do not run together: as large as the cells of so many windows are on a chart of that width. */
function markOf(windows: number, width: number): { fontSize: number; textBorderWidth: number } {
  const fontSize = Math.min(9, Math.max(4, Math.floor((width / Math.max(windows, 1)) * 1.2)));
  return { fontSize, textBorderWidth: fontSize < 8 ? 1 : 2 };
}

/** What differs by width: on narrow charts the axis tells dates only, and names have less room. */
function byWidth(times: readonly number[]) {
  const wide = { grid: { right: 8 }, xAxis: { axisLabel: { formatter: (_: string, at: number) => when(times[at] ?? 0) } }, yAxis: { axisLabel: { width: 150 } } };
  const narrow = { grid: { right: 24 }, xAxis: { axisLabel: { formatter: (_: string, at: number) => dateOf(times[at] ?? 0) } }, yAxis: { axisLabel: { width: 110 } } };
  const marked = (plot: number) => ({ series: [{ label: markOf(times.length, plot) }] });
  return [
    { query: { minWidth: 800 }, option: { ...wide, ...marked(640) } },
    { query: { minWidth: 500, maxWidth: 799 }, option: { ...wide, ...marked(340) } },
    { query: { maxWidth: 499 }, option: { ...narrow, ...marked(180) } },
  ];
}

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
      // Above the cells is room for the button that saves the picture.
      grid: { left: 8, right: 8, top: 28, bottom: 56, containLabel: true },
      media: byWidth(times),
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
          // Of a heat map its own setting counts, see EChart.
          progressive: 0,
          data: cells,
          itemStyle: { borderColor: palette.page, borderWidth: 1 },
          label: { show: true, color: palette.breach, formatter: (told: { data: (typeof cells)[number] }) => (told.data.breach ? "▲" : ""), textBorderColor: palette.page },
          emphasis: { itemStyle: { borderColor: palette.text } },
        },
      ],
    };
  }, [rows, palette]);
  return (
    <LazyChart
      option={option}
      height={110 + shown.length * 22}
      label={`Difference from the reference of ${shown.length} columns over the last windows; the table below has the figures`}
      onPick={(picked) => {
        const [, y] = (picked.data as { value: number[] }).value;
        const chosen = shown[y ?? 0];
        if (chosen) onColumn(chosen.column);
      }}
    />
  );
}
