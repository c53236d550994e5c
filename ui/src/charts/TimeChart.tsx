import "uplot/dist/uPlot.min.css";
import { ActionIcon, Group, Menu, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { useTime } from "../time/useTime";
import { iso } from "../time/range";
import { utc, when } from "../words/numbers";
import { download, toCsv } from "./export";
import { type Band, drawMarkers, drawSpans, type Line, type Marker, plotData, plotSeries, type Span, timeTicks } from "./plot";
import { usePalette } from "./usePalette";

export type { Band, Line, Marker, Span } from "./plot";

interface Props {
  title: string;
  /** Starts of the windows, in milliseconds, ascending. */
  times: readonly number[];
  lines: readonly Line[];
  band?: Band;
  markers?: readonly Marker[];
  breaches?: readonly Span[];
  format: (value: number | null) => string;
  /** Whether the scale begins at zero. */
  zero?: boolean;
  height?: number;
  /** Charts of one page share the time axis even where they have no data. */
  extent?: { from: number; to: number };
  /** What happens with a brushed time; the page's range becomes it if absent. */
  onBrush?: (from: number, to: number) => void;
  /** Opens the query behind this. */
  more?: React.ReactNode;
}

const GROUP = "candor";

/** A chart over time: linked cursor, brushing, what changed, and what was out of bounds. */
export function TimeChart({ title, times, lines, band, markers, breaches, format, zero = true, height = 160, extent, onBrush, more }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const palette = usePalette();
  const { go } = useTime();
  const [at, setAt] = useState<number | null>(null);
  const brush = useRef(onBrush);
  useEffect(() => {
    brush.current = onBrush ?? ((from, to) => go({ from: iso(from), to: iso(to) }));
  });
  const data = useMemo(() => plotData(times, lines, band), [times, lines, band]);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const axis = { stroke: palette.dim, grid: { stroke: palette.grid, width: 1 }, ticks: { stroke: palette.grid, width: 1 } };
    const { series, bands } = plotSeries(lines, band, palette);
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        series,
        bands,
        legend: { show: false },
        cursor: {
          sync: { key: GROUP, scales: ["x", null] },
          drag: { x: true, y: false, setScale: false },
          points: { size: 6 },
        },
        scales: {
          x: { range: extent ? [extent.from / 1000, extent.to / 1000] : undefined },
          y: { range: (_, low, high) => yRange(low, high, zero) },
        },
        axes: [
          { ...axis, space: 70, size: 46, values: (_, splits, __, ___, step) => timeTicks(splits, step) },
          { ...axis, size: 64, space: 26, values: (_, ticks) => ticks.map((tick) => format(tick)) },
        ],
        hooks: {
          drawClear: [(own) => drawSpans(own, breaches ?? [], palette)],
          draw: [(own) => drawMarkers(own, markers ?? [], palette)],
          setCursor: [(own) => setAt(own.cursor.idx ?? null)],
          setSelect: [
            (own) => {
              const { left, width } = own.select;
              if (width < 4) return;
              const from = own.posToVal(left, "x") * 1000;
              const to = own.posToVal(left + width, "x") * 1000;
              own.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              brush.current?.(from, to);
            },
          ],
        },
      },
      data,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [data, lines, band, markers, breaches, palette, format, zero, height, extent]);
  const shown = at === null ? null : times[at];
  const near = shown === null || shown === undefined ? [] : (markers ?? []).filter((m) => isNear(m.time, times, at ?? 0));
  const savePicture = () => plot.current?.ctx.canvas.toBlob((blob) => blob && download(`${title}.png`, blob));
  return (
    <figure style={{ margin: 0 }}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text component="figcaption" size="sm" fw={600}>
          {title}
        </Text>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`More of ${title}`} className="no-print">
              <IconDots size={14} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={savePicture}>Save as PNG</Menu.Item>
            <Menu.Item onClick={() => download(`${title}.csv`, new Blob([toCsv(times, lines)], { type: "text/csv" }))}>Save as CSV</Menu.Item>
            {more}
          </Menu.Dropdown>
        </Menu>
      </Group>
      <div className="chart-legend" aria-hidden="true">
        {lines.map((line) => (
          <span key={line.label} className="key">
            <span className="swatch" data-dashed={line.dashed || undefined} style={{ borderTopColor: line.color ?? palette.current }} />
            {line.label}
            {at !== null && <strong>{format(line.values[at] ?? null)}</strong>}
          </span>
        ))}
        {shown !== null && shown !== undefined && <span title={utc(shown)}>{when(shown)}</span>}
        {near.map((m) => (
          <span key={`${m.time} ${m.label}`}>▼ {m.label}</span>
        ))}
      </div>
      <div ref={host} className="chart" role="img" aria-label={spoken(title, times, lines, format)} />
    </figure>
  );
}

function yRange(low: number | null, high: number | null, zero: boolean): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const bottom = zero ? Math.min(0, low) : low;
  const pad = (high - bottom || Math.abs(high) || 1) * 0.08;
  return [zero && low >= 0 ? 0 : bottom - pad, high + pad];
}

function isNear(time: number, times: readonly number[], at: number): boolean {
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  return Math.abs(time - (times[at] ?? 0)) <= Math.max(step, 1);
}

/** What a chart shows, for people who do not see it. */
function spoken(title: string, times: readonly number[], lines: readonly Line[], format: (value: number | null) => string): string {
  const [first, last] = [times[0], times[times.length - 1]];
  if (first === undefined || last === undefined) return `${title}: no data in this time`;
  const told = lines.map((line) => {
    const known = line.values.filter((v): v is number => v !== null);
    if (known.length === 0) return `${line.label}: none`;
    return `${line.label}: ${format(Math.min(...known))} to ${format(Math.max(...known))}, last ${format(known[known.length - 1] ?? null)}`;
  });
  return `${title}, ${when(first)} to ${when(last)}. ${told.join(". ")}.`;
}
