import { Group, MultiSelect, Select, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import type { SqlTable } from "../../api/sql";
import { LazyChart } from "../../charts/LazyChart";
import { usePalette } from "../../charts/usePalette";
import { Empty } from "../../kit/Asked";
import { thisMinute } from "../../time/useTime";
import { number, plural, utc } from "../../words/numbers";
import { heights, LINES_MAX, NO_PARTS, parts, type Plot, type PlotChoice, plotChoice, plotOf, type PlotWish, timeNames, Y_MAX } from "./plot";

const MARKS = ["circle", "diamond", "triangle", "rect", "pin"];
/** With more points than these, marks hide the line. */
const MARKED_MAX = 80;

interface Props {
  table: SqlTable;
  wished: PlotWish;
  onChoice: (choice: PlotWish) => void;
}

/** A result as a chart: one column along, up to five of numbers upwards. */
export function ResultChart({ table, wished, onChoice }: Props) {
  const palette = usePalette();
  const choice = useMemo(() => plotChoice(table, wished), [table, wished]);
  const plot = useMemo(() => (choice ? plotOf(table, choice) : null), [table, choice]);
  const option = useMemo(() => {
    if (!choice || !plot) return null;
    const axis = { axisLabel: { color: palette.dim, hideOverlap: true }, nameTextStyle: { color: palette.dim } };
    return {
      color: [...palette.series],
      legend: { top: 0, left: 0, textStyle: { color: palette.text } },
      tooltip: { trigger: "axis", valueFormatter: (value: unknown) => number(value as number) },
      grid: { left: 8, right: 16, top: 36, bottom: plot.kind === "time" ? 54 : 36, containLabel: true },
      // The table tells times in UTC.
      useUTC: true,
      xAxis: { type: plot.kind, nameLocation: "middle", scale: true, ...axis, ...alongOf(plot, choice.x, axis.axisLabel) },
      yAxis: { type: "value", splitLine: { lineStyle: { color: palette.grid } }, ...axis, axisLabel: { ...axis.axisLabel, formatter: (v: number) => number(v) } },
      series: plot.lines.map(({ name, points }, at) => ({
        name,
        type: plot.bars ? "bar" : "line",
        data: points,
        symbol: MARKS[at],
        symbolSize: 5,
        showSymbol: points.length <= MARKED_MAX,
        connectNulls: false,
      })),
    };
  }, [choice, plot, palette]);
  if (!choice || !plot || !option) {
    return <Empty title="Nothing to draw">A chart needs a column of numbers. Look at the table, or ask for a count or a mean.</Empty>;
  }
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <Select
          label="Along"
          size="xs"
          allowDeselect={false}
          searchable
          data={unique(table.columns.map((c) => c.name))}
          value={choice.x}
          onChange={(x) => onChoice({ x: x ?? undefined, y: choice.y.join(","), by: undefined })}
        />
        <MultiSelect
          label="Upwards"
          size="xs"
          searchable
          maxValues={Y_MAX}
          data={unique(heights(table))}
          value={choice.y}
          onChange={(y) => onChoice({ x: choice.x, y: y.join(",") || undefined, by: choice.by ?? undefined })}
        />
        {choice.y.length === 1 && parts(table, choice.x).length > 0 && (
          <Select
            label="A line for each"
            size="xs"
            clearable
            searchable
            placeholder="one line"
            data={unique(parts(table, choice.x))}
            value={choice.by}
            onChange={(by) => onChoice({ x: choice.x, y: choice.y.join(","), by: by ?? NO_PARTS })}
          />
        )}
      </Group>
      <LazyChart option={option} height={380} label={spoken(plot, choice)} />
      <Text size="xs" c="dimmed">
        {plural(table.rows.length, "row")}
        {table.truncated ? ", the first of more" : ""}
        {plot.left > 0 ? `; the ${LINES_MAX} with most rows are drawn, ${plot.left} are not` : ""}. The table has the same figures.
      </Text>
    </Stack>
  );
}

/** What the axis along is called, and its places. */
function alongOf(plot: Plot, name: string, axisLabel: object): object {
  if (plot.kind === "value") return { name, nameGap: 26, axisLabel: { ...axisLabel, formatter: (v: number) => number(v) } };
  if (plot.kind === "category") return { name, nameGap: 26 };
  // Two lines of words each: the clock, and the date.
  return { name: `${name} (UTC)`, nameGap: 46, axisLabel: { ...axisLabel, lineHeight: 15, formatter: timeNames(extentOf(plot), thisMinute()) } };
}

function extentOf({ lines }: Plot): [number, number] {
  const all = lines.flatMap(({ points }) => [Number(points[0]?.[0] ?? 0), Number(points[points.length - 1]?.[0] ?? 0)]);
  return [Math.min(...all), Math.max(...all)];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** What the chart shows, for people who do not see it. */
function spoken(plot: Plot, choice: PlotChoice): string {
  const told = plot.lines.map(({ name, points }) => {
    const known = points.flatMap(([, value]) => (value === null ? [] : [value]));
    return known.length === 0 ? `${name}: none` : `${name}: ${number(Math.min(...known))} to ${number(Math.max(...known))}`;
  });
  const ends = plot.lines[0]?.points;
  const [first, last] = [ends?.[0]?.[0], ends?.[ends.length - 1]?.[0]];
  const place = (at: string | number | undefined) => (at === undefined ? "" : plot.kind === "time" ? utc(at) : String(at));
  return `${choice.y.join(", ")} by ${choice.x}, ${place(first)} to ${place(last)}. ${told.join(". ")}.`;
}
