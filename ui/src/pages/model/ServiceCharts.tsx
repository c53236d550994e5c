import { Paper, Stack, Title } from "@mantine/core";
import { useMemo } from "react";
import { type Marker, TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { Empty, Failed, Waiting } from "../../kit/Asked";
import { compared, type Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { count, milliseconds, percent } from "../../words/numbers";
import { useVitals } from "../../words/useVitals";
import type { Vital } from "../../words/vitals";
import { useMarkers } from "./useMarkers";

const FIRST = { "5m": "The first five minutes are not over yet", "1h": "The first hour is not over yet", "1d": "The first day is not over yet" } as const;

const WINDOW = { "5m": ["in five minutes", "five minutes"], "1h": ["an hour", "hour"], "1d": ["a day", "day"] } as const;

/** Traffic, failures and latency on one time axis. A reference is another time, so only earlier periods lie behind. */
export function ServiceCharts({ name }: { name: string }) {
  const { range, comparison } = useTime();
  const before = useMemo(() => compared(range, comparison), [range, comparison]);
  const own = useVitals(name);
  const past = useVitals(name, before);
  const markers = useMarkers(name);
  if (own.error || (own.pending && own.windows.length === 0)) {
    return (
      <Stack gap="xs">
        <Title order={2}>Traffic, failures and latency</Title>
        {own.error ? <Failed error={own.error} retry={own.retry} /> : <Waiting height={420} />}
      </Stack>
    );
  }
  if (own.windows.length === 0 && own.filling) return <Empty title={FIRST[own.grain]}>What comes in is drawn when its window is over: half a window looks like a collapse.</Empty>;
  if (own.windows.length === 0) {
    return <Empty title="Nothing to draw for this time">Choose a longer time above: rows of a long time that were sent at once may be summarised by the day only.</Empty>;
  }
  const label = before ? (comparison === "week" ? "a week before" : "period before") : null;
  const behind = before && !past.error ? shifted(past.windows, own.windows, range.from - before.from) : null;
  return (
    <Stack>
      {label && past.error ? (
        <Stack gap="xs">
          <Title order={2}>What it was {label === "a week before" ? label : `in the ${label}`}</Title>
          <Failed error={past.error} retry={past.retry} />
        </Stack>
      ) : null}
      <Charts windows={own.windows} past={behind} label={label} range={range} markers={markers} grain={own.grain} />
    </Stack>
  );
}

/** The windows of the time before under those of now. */
export function shifted(past: readonly Vital[], now: readonly Vital[], by: number): (Vital | null)[] {
  const byTime = new Map(past.map((w) => [w.from + by, w]));
  return now.map((w) => byTime.get(w.from) ?? null);
}

interface ChartsProps {
  windows: readonly Vital[];
  past: readonly (Vital | null)[] | null;
  label: string | null;
  range: Range;
  markers: readonly Marker[];
  grain: keyof typeof WINDOW;
}

function Charts({ windows, past, label, range, markers, grain }: ChartsProps) {
  const palette = usePalette();
  const figures = useMemo(() => {
    const share = (w: Vital | null) => (!w || w.errors === null || w.rows === 0 ? null : w.errors / w.rows);
    const behind = (of: (w: Vital | null) => number | null, what = "") =>
      past && label ? [{ label: what + label, values: past.map(of), color: palette.reference, dashed: true }] : [];
    return {
      times: windows.map((w) => w.from),
      rows: [{ label: "predictions", values: windows.map((w) => w.rows), color: palette.current, bars: true }, ...behind((w) => w?.rows ?? null)],
      errors: [{ label: "failed", values: windows.map(share), color: palette.current }, ...behind(share)],
      latency: [
        { label: "half faster than", values: windows.map((w) => w.p50), color: palette.series[4] },
        { label: "95 in 100", values: windows.map((w) => w.p95), color: palette.current },
        { label: "99 in 100", values: windows.map((w) => w.p99), color: palette.series[1] },
        ...behind((w) => w?.p95 ?? null, "95 in 100, "),
      ],
    };
  }, [windows, past, label, palette]);
  const [per, each] = WINDOW[grain];
  const common = { times: figures.times, markers, extent: range };
  return (
    <Paper withBorder p="md">
      <Stack>
        <TimeChart title={`Predictions ${per}`} lines={figures.rows} format={count} {...common} />
        <TimeChart title={`Failed requests, share of each ${each}`} lines={figures.errors} format={percent} {...common} height={120} />
        <TimeChart title="Latency" lines={figures.latency} format={milliseconds} {...common} />
      </Stack>
    </Paper>
  );
}
