import { useMemo } from "react";
import type { Point } from "../api/queries";
import { count, duration, number, percentFine } from "../words/numbers";
import { unitOf } from "../words/columns";
import { type Marker, type Span, TimeChart } from "./TimeChart";
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

/** The windows of a monitor: figure with interval, the band of what is fine, and what lay outside. */
export function MonitorChart({
  title,
  measure,
  points: told,
  markers,
  height = 150,
}: {
  title: string;
  measure: string;
  points: readonly Point[];
  markers?: readonly Marker[];
  height?: number;
}) {
  const palette = usePalette();
  const { times, lines, band, breaches } = useMemo(() => {
    const points = inOrder(told);
    const open = (value: number | null | undefined, end: number) => value ?? end;
    const far = Math.max(...points.flatMap((p) => [p.value ?? 0, p.high ?? 0, p.band?.high ?? 0])) * 1.15;
    return {
      times: points.map((p) => Date.parse(p.from)),
      lines: [
        {
          label: "now",
          values: points.map((p) => p.value ?? null),
          low: points.map((p) => p.low ?? null),
          high: points.map((p) => p.high ?? null),
          color: palette.current,
        },
      ],
      // A band that is open at one end reaches to the edge of the chart.
      band: {
        low: points.map((p) => (p.band ? open(p.band.low, 0) : null)),
        high: points.map((p) => (p.band ? open(p.band.high, far) : null)),
      },
      breaches: points.filter((p) => p.breach).map((p): Span => ({ from: Date.parse(p.from), to: Date.parse(p.to) })),
    };
  }, [told, palette]);
  const zero = unitOf(measure) !== "plain";
  return (
    <TimeChart title={title} times={times} lines={lines} band={band} breaches={breaches} markers={markers} format={formatOf(measure)} zero={zero} height={height} />
  );
}
