import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Monitor, type Profile, profiles, briefStanding } from "../../api/queries";
import { Asked, Empty, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { useTime } from "../../time/useTime";
import { columnName } from "../../words/columns";
import { byColumn, type ColumnFigures } from "../../words/distribution";
import { percentsAlike } from "../../words/alike";
import { count, number, when } from "../../words/numbers";
import { rank, type State, stateOfMonitor, worst } from "../../words/state";
import { broken } from "./failures";
import { useBaseline, wholeDays } from "./useBaseline";

interface Row {
  now: ColumnFigures;
  before: ColumnFigures | null;
  state: State;
  /** Whether a monitor watches it, if only one that cannot tell now. */
  isWatched: boolean;
}

const QUALITY = new Set(["missing", "unseen", "range", "mode"]);
const SHOWN = ["input_", "derived_", "output_", "segment_"];

/** What nobody watches comes last. */
const order = (state: State) => (state === "unknown" ? 9 : rank(state));
const missing = (figures: ColumnFigures | null) => (figures && figures.rows > 0 ? figures.missing / figures.rows : null);
/** Profiles tell times in microseconds, and of texts how long they are. */
function figure({ type }: ColumnFigures, value: number | null): string {
  if (value === null) return "–";
  if (type === "time") return when(value / 1000);
  return type === "text" ? `length ${number(value)}` : number(value);
}

function span(figures: ColumnFigures): string {
  if (figures.type === "time" || figures.min === null || figures.max === null) return "–";
  return figures.min === figures.max ? figure(figures, figures.min) : `${figure(figures, figures.min)} – ${number(figures.max)}`;
}

const more = (row: Row) => Math.abs((missing(row.now) ?? 0) - (missing(row.before) ?? missing(row.now) ?? 0));

function sentence(rows: readonly Row[]): string {
  const ill = rows.filter((row) => row.state === "act" || row.state === "watch").length;
  if (ill > 0) return `${ill} of ${rows.length} columns are not as usual`;
  // What nobody watches is not fine.
  if (rows.every((row) => row.state === "unknown")) {
    return rows.some((row) => row.isWatched) ? "The newest windows have too few rows to tell whether columns are as usual" : "Nobody can tell yet whether columns are as usual";
  }
  return "What goes in and out is as complete as usual";
}

/** Columns with what their monitors say, those first that are not as usual. */
function rowsOf(now: readonly Profile[], past: readonly Profile[], monitors: readonly Monitor[]): Row[] {
  const before = byColumn(past);
  const states = new Map<string, State[]>();
  for (const monitor of monitors) {
    if (!monitor.column || !QUALITY.has(monitor.measure)) continue;
    states.set(monitor.column, [...(states.get(monitor.column) ?? []), stateOfMonitor(monitor.state)]);
  }
  const told = [...byColumn(now).values()].filter((c) => SHOWN.some((prefix) => c.column.startsWith(prefix)));
  return told
    .map((own): Row => {
      const all = states.get(own.column) ?? [];
      const known = all.filter((s) => s !== "unknown");
      return { now: own, before: before.get(own.column) ?? null, state: known.length > 0 ? worst(known) : "unknown", isWatched: all.length > 0 };
    })
    .sort((a, b) => order(a.state) - order(b.state) || more(b) - more(a) || a.now.column.localeCompare(b.now.column));
}

/** Only who knows the monitors can say that none watches. */
function columnsFor(name: string, before: string | undefined, isAnswered: boolean, rows: readonly Row[]): Column<Row>[] {
  const percents = percentsAlike(rows.flatMap((row) => [missing(row.now), missing(row.before)]));
  return [
    {
      id: "column",
      head: "Column",
      by: (row) => row.now.column,
      cell: (row) => (
        <Link className="rowlink" to="/models/$model" params={{ model: name }} search={(s) => ({ ...s, tab: "drift", column: row.now.column })}>
          {columnName(row.now.column).name}
        </Link>
      ),
    },
    { id: "role", head: "Role", wide: true, by: (row) => columnName(row.now.column).role, cell: (row) => columnName(row.now.column).role },
    { id: "type", head: "Type", wide: true, by: (row) => row.now.type, cell: (row) => row.now.type },
    { id: "state", head: "State", by: (row) => order(row.state), cell: (row) => <StateMark state={row.state} word={row.state === "unknown" && isAnswered ? (row.isWatched ? "too few rows" : "not watched") : undefined} /> },
    { id: "missing", head: "Missing", number: true, by: (row) => missing(row.now) ?? 0, cell: (row) => percents(missing(row.now)) },
    { id: "before", head: "Before", number: true, title: before, by: (row) => missing(row.before) ?? 0, cell: (row) => percents(missing(row.before)) },
    { id: "mean", head: "Mean", number: true, wide: true, title: "Of texts: of their lengths", by: (row) => row.now.mean ?? 0, cell: (row) => figure(row.now, row.now.mean) },
    { id: "mean-before", head: "Mean before", number: true, wide: true, by: (row) => row.before?.mean ?? 0, cell: (row) => (row.before ? figure(row.before, row.before.mean) : "–") },
    { id: "range", head: "Least to most", number: true, wide: true, cell: (row) => span(row.now) },
    { id: "rows", head: "Rows", number: true, by: (row) => row.now.rows, cell: (row) => count(row.now.rows) },
  ];
}

/** Each column: how much of it is missing, now and in the reference, and what its monitors say. */
export default function QualityTab({ name }: { name: string }) {
  const { range } = useTime();
  const baseline = useBaseline(name);
  const now = useQuery(profiles(name, { range: wholeDays(range), grain: "1d" }));
  const before = useQuery({ ...profiles(name, { range: baseline.range ?? range, grain: "1d" }), enabled: baseline.range !== null });
  const watched = useQuery(briefStanding(name));
  const rows = useMemo(() => rowsOf(now.data ?? [], before.data ?? [], watched.data?.monitors ?? []), [now.data, before.data, watched.data]);
  const isAnswered = watched.data !== undefined;
  const title = baseline.range ? `In the ${baseline.label}` : undefined;
  const columns = useMemo(() => columnsFor(name, title, isAnswered, rows), [name, title, isAnswered, rows]);
  const heading = now.data === undefined || watched.isPending ? "Columns" : isAnswered ? sentence(rows) : "Cannot tell whether columns are as usual";
  // What lies beside the columns failed: they are shown without it.
  const aside = now.data === undefined ? [] : broken<{ error: unknown; data: unknown; refetch: () => Promise<unknown> }>([watched, before]);
  return (
    <Paper withBorder p="md" data-ready={now.isSuccess || undefined}>
      <Stack>
        <Title order={2}>{heading}</Title>
        <Text size="sm" c="dimmed">
          Whole days of the time above, beside {baseline.range ? `the ${baseline.label}` : baseline.label}.
        </Text>
        {aside[0] && <Failed error={aside[0].error} retry={() => void Promise.all(aside.map((q) => q.refetch()))} />}
        <Asked query={now} height={260}>
          {() =>
            rows.length === 0 ? (
              <Empty title="No rows in this time">Choose a longer time above.</Empty>
            ) : (
              <DataTable label="Columns" rows={rows} columns={columns} rowKey={(row) => row.now.column} minWidth={560} height={rows.length > 60 ? 640 : undefined} />
            )
          }
        </Asked>
      </Stack>
    </Paper>
  );
}
