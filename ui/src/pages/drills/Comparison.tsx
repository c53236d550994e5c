import { Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { alerts, type Monitor } from "../../api/queries";
import { formatOf } from "../../charts/MonitorChart";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { measureName, unitOf } from "../../words/columns";
import { duration, plural } from "../../words/numbers";
import { alertsOf, type Backtest, comparedSentence, type Firing, firings, type Pair, pairs, type Totals, totals, windowsOf } from "./told";

interface Props {
  model: string;
  monitor: Monitor;
  before: Backtest;
  after: Backtest;
  /** Whether nothing was changed. */
  same: boolean;
}

/** What the monitor told as it is, and what it would have told. */
export function Comparison({ model, monitor, before, after, same }: Props) {
  const judged = useQuery(alerts({ model, from: before.from, to: before.to }));
  const now = useMemo(() => firings(before, monitor), [before, monitor]);
  const tried = useMemo(() => firings(after, monitor), [after, monitor]);
  const known = judged.data?.items ?? [];
  const [nowTotals, triedTotals] = [totals(now, known), totals(tried, known)];
  return (
    <Paper withBorder p="md" data-ready>
      <Stack>
        <Title order={2}>{same ? sentence(nowTotals) : comparedSentence(nowTotals, triedTotals)}</Title>
        <Text size="sm" c="dimmed">
          Watched from <Time at={before.from} /> to <Time at={before.to} />, beside all monitors of {model}.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: same ? 1 : 2 }}>
          <Told title="As it is" totals={nowTotals} all={alertsOf(before)} />
          {!same && <Told title="As tried" totals={triedTotals} all={alertsOf(after)} />}
        </SimpleGrid>
        <History monitor={monitor} before={before} after={after} now={now} tried={same ? null : tried} />
        {(now.length > 0 || tried.length > 0) && <Firings rows={pairs(now, tried)} same={same} />}
      </Stack>
    </Paper>
  );
}

function sentence(own: Totals): string {
  if (own.times === 0) return "As it is, it never told anyone.";
  return own.times === 1 ? "As it is, it told once." : `As it is, it told ${own.times} times.`;
}

function Told({ title, totals: own, all }: { title: string; totals: Totals; all: number }) {
  const judged = [own.right > 0 ? `${own.right} judged right` : "", own.falseAlarms > 0 ? `${own.falseAlarms} judged false` : ""].filter(Boolean);
  return (
    <div>
      <Text size="sm">{title}</Text>
      <Text fz="xl" fw={650}>
        told {own.times}×
      </Text>
      <Text size="xs" c="dimmed">
        {own.length > 0 ? `${duration(own.length)} in all; ` : ""}
        {judged.length > 0 ? `${judged.join(", ")}; ` : "nobody has judged these times; "}
        {plural(all, "alert")} of the model
      </Text>
    </div>
  );
}

interface HistoryProps {
  monitor: Monitor;
  before: Backtest;
  after: Backtest;
  now: readonly Firing[];
  tried: readonly Firing[] | null;
}

function History({ monitor, before, after, now, tried }: HistoryProps) {
  const { current: color } = usePalette();
  const { times, lines, band } = useMemo(() => {
    const windows = windowsOf([before, after], monitor);
    const step = monitor.window_s * 1000;
    // Windows between two that are not told are a gap.
    const points = windows.flatMap((point, at) => {
      const next = windows[at + 1];
      const time = Date.parse(point.from);
      return next && Date.parse(next.from) > time + step ? [{ time, point }, { time: time + step, point: null }] : [{ time, point }];
    });
    const far = Math.max(...windows.flatMap((p) => [p.value ?? 0, p.high ?? 0])) * 1.15;
    return {
      times: points.map((p) => p.time),
      lines: [
        {
          label: measureName(monitor.measure),
          values: points.map((p) => p.point?.value ?? null),
          low: points.map((p) => p.point?.low ?? null),
          high: points.map((p) => p.point?.high ?? null),
          color,
        },
      ],
      band: {
        low: points.map(({ point }) => (point?.band ? (point.band.low ?? 0) : null)),
        high: points.map(({ point }) => (point?.band ? (point.band.high ?? far) : null)),
      },
    };
  }, [before, after, monitor, color]);
  const extent = useMemo(() => ({ from: Date.parse(before.from), to: Date.parse(before.to) }), [before]);
  const shared = { times, lines, band, extent, format: formatOf(monitor.measure), zero: unitOf(monitor.measure) !== "plain", height: 150 };
  return (
    <Stack gap="xs">
      <TimeChart {...shared} title={`As it is: when it told (hatched) ${now.length}×`} breaches={now} />
      {tried && <TimeChart {...shared} title={`As tried: when it would have told (hatched) ${tried.length}×`} breaches={tried} />}
      <Text size="xs" c="dimmed">
        Grey is what is usual. Figures are drawn around the times when it told, and of the last windows; between them is a gap.
      </Text>
    </Stack>
  );
}

function Firings({ rows, same }: { rows: readonly Pair[]; same: boolean }) {
  const began = (p: Pair) => (p.before ?? p.after)?.from ?? 0;
  const columns: Column<Pair>[] = [
    { id: "began", head: "Began", by: began, cell: (p) => <Time at={began(p)} /> },
    { id: "before", head: "Told as it is", number: true, cell: (p) => <ToldAt firing={p.before} /> },
    ...(same
      ? []
      : [
          { id: "after", head: "Told as tried", number: true, cell: (p: Pair) => <ToldAt firing={p.after} /> },
          { id: "change", head: "Change", cell: (p: Pair) => <Change pair={p} /> },
        ]),
    { id: "sentence", head: "What it says", wide: true, cell: (p) => p.before?.sentence ?? p.after?.sentence ?? "" },
  ];
  return <DataTable label="Times when it told" rows={rows} columns={columns} rowKey={(p) => String(began(p))} minWidth={420} height={rows.length > 20 ? 420 : undefined} />;
}

function ToldAt({ firing }: { firing: Firing | null }) {
  if (!firing) return <span>–</span>;
  return (
    <span className="nowrap" title={firing.open ? "It goes on." : `over after ${duration(firing.to - firing.from)}`}>
      after {duration(firing.told - firing.from)}
    </span>
  );
}

function Change({ pair: { before, after } }: { pair: Pair }) {
  if (!before) return <StateMark state="watch" word="new" />;
  if (!after) return <StateMark state="watch" word="not told any more" />;
  const sooner = before.told - after.told;
  if (sooner === 0) return <StateMark state="fine" word="the same" />;
  return <StateMark state="fine" word={`${duration(Math.abs(sooner))} ${sooner > 0 ? "sooner" : "later"}`} />;
}
