import "uplot/dist/uPlot.min.css";
import { ActionIcon, Group, Menu, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { useTime } from "../time/useTime";
import { iso } from "../time/range";
import { count, utc, when } from "../words/numbers";
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
  /** What the band and the hatched times are called beside the lines; without a name they are explained elsewhere. */
  bandLabel?: string;
  breachLabel?: string;
  format: (value: number | null) => string;
  /** Whether the scale begins at zero. */
  zero?: boolean;
  /** Ends of the scale; what reaches beyond is cut. */
  bottom?: number;
  top?: number;
  height?: number;
  /** Charts of one page share the time axis even where they have no data. */
  extent?: { from: number; to: number };
  /** Where the last window ends, so that all of it is seen. */
  until?: number;
  /** What happens with a brushed time; the page's range becomes it if absent. */
  onBrush?: (from: number, to: number) => void;
  /** Opens the query behind this. */
  more?: React.ReactNode;
}

const GROUP = "candor";

/** Steps between ticks that are whole numbers. */
const WHOLE = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** A chart over time: linked cursor, brushing, what changed, and what was out of bounds. */
export function TimeChart(props: Props) {
  const { title, times, lines, band, markers, breaches, format, zero = true, bottom, top, height = 160, extent, until, onBrush, more } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const palette = usePalette();
  const { go } = useTime();
  const [at, setAt] = useState<number | null>(null);
  const brush = useRef(onBrush);
  useEffect(() => {
    brush.current = onBrush ?? ((from, to) => go({ from: iso(from), to: iso(to) }));
  });
  const data = useMemo(() => plotData(times, lines, band, until), [times, lines, band, until]);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const axis = { stroke: palette.dim, grid: { stroke: palette.grid, width: 1 }, ticks: { stroke: palette.grid, width: 1 } };
    // Counts are told whole: a tick between two of them would be told as one of them.
    const whole = format === count;
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
          x: { range: xRange(times, extent, until) },
          y: { range: (_, low, high) => (bottom !== undefined && top !== undefined ? [bottom, top] : yRange(low, high, zero, whole ? 1 : 0)) },
        },
        axes: [
          { ...axis, space: 70, size: 46, values: (_, splits, __, ___, step) => timeTicks(splits, step) },
          { ...axis, size: 64, space: 26, ...(whole ? { incrs: WHOLE } : {}), values: (_, ticks) => ticks.map((tick) => format(tick)) },
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
  }, [data, times, lines, band, markers, breaches, palette, format, zero, bottom, top, height, extent, until]);
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
        <AreaKeys {...props} />
        {shown !== null && shown !== undefined && <span title={utc(shown)}>{when(shown)}</span>}
        {near.map((m) => (
          <span key={`${m.time} ${m.label}`}>▼ {m.label}</span>
        ))}
      </div>
      <div ref={host} className="chart" role="img" aria-label={spoken(title, times, lines, format)} />
    </figure>
  );
}

/** Keys of the areas behind the lines, where there are any. */
function AreaKeys({ band, bandLabel, breaches, breachLabel }: Props) {
  const palette = usePalette();
  const area = { height: 11, border: `1px solid ${palette.grid}` };
  const hatched = `repeating-linear-gradient(135deg, ${palette.breach}99 0 1px, ${palette.breach}22 1px 4px)`;
  return (
    <>
      {bandLabel && band?.high.some((v) => v !== null) && (
        <span className="key">
          <span className="swatch" style={{ ...area, background: palette.band }} />
          {bandLabel}
        </span>
      )}
      {breachLabel && breaches && breaches.length > 0 && (
        <span className="key">
          <span className="swatch" style={{ ...area, background: hatched }} />
          {breachLabel}
        </span>
      )}
    </>
  );
}

function xRange(times: readonly number[], extent: Props["extent"], until: number | undefined): [number, number] | undefined {
  if (extent) return [extent.from / 1000, extent.to / 1000];
  const [first] = times;
  return first === undefined || until === undefined ? undefined : [first / 1000, until / 1000];
}

/** Ends of the scale around what is drawn; the upper is no less than `least`. */
function yRange(low: number | null, high: number | null, zero: boolean, least: number): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const bottom = zero ? Math.min(0, low) : low;
  const pad = (high - bottom || Math.abs(high) || 1) * 0.08;
  return [zero && low >= 0 ? 0 : bottom - pad, Math.max(high + pad, least)];
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
