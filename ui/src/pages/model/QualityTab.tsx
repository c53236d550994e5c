import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { profiles, standing } from "../../api/queries";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { useTime } from "../../time/useTime";
import { columnName } from "../../words/columns";
import { byColumn, type ColumnFigures } from "../../words/distribution";
import { count, number, percent, when } from "../../words/numbers";
import { rank, type State, stateOfMonitor, worst } from "../../words/state";
import { useBaseline, wholeDays } from "./useBaseline";

interface Row {
  now: ColumnFigures;
  before: ColumnFigures | null;
  state: State;
}

const QUALITY = new Set(["missing", "unseen", "range", "mode"]);
const SHOWN = ["input_", "derived_", "output_", "segment_"];

/** What nobody watches comes last. */
const order = (state: State) => (state === "unknown" ? 9 : rank(state));
const missing = (figures: ColumnFigures | null) => (figures && figures.rows > 0 ? figures.missing / figures.rows : null);
/** Profiles tell times in microseconds. */
const figure = (figures: ColumnFigures, value: number | null) => (figures.type === "time" && value !== null ? when(value / 1000) : number(value));
const more = (row: Row) => Math.abs((missing(row.now) ?? 0) - (missing(row.before) ?? missing(row.now) ?? 0));

function sentence(rows: readonly Row[]): string {
  const ill = rows.filter((row) => row.state === "act" || row.state === "watch").length;
  if (ill > 0) return `${ill} of ${rows.length} columns are not as usual`;
  // What nobody watches is not fine.
  if (rows.every((row) => row.state === "unknown")) return "Nobody can tell yet whether columns are as usual";
  return "What goes in and out is as complete as usual";
}

/** Each column: how much of it is missing, now and in the reference, and what its monitors say. */
export default function QualityTab({ name }: { name: string }) {
  const { range } = useTime();
  const baseline = useBaseline(name);
  const now = useQuery(profiles(name, { range: wholeDays(range), grain: "1d" }));
  const before = useQuery({ ...profiles(name, { range: baseline.range ?? range, grain: "1d" }), enabled: baseline.range !== null });
  const watched = useQuery(standing(name)).data;
  const rows = useMemo(() => {
    const past = byColumn(before.data ?? []);
    const states = new Map<string, State[]>();
    for (const monitor of watched?.monitors ?? []) {
      if (!monitor.column || !QUALITY.has(monitor.measure)) continue;
      states.set(monitor.column, [...(states.get(monitor.column) ?? []), stateOfMonitor(monitor.state)]);
    }
    const told = [...byColumn(now.data ?? []).values()].filter((c) => SHOWN.some((prefix) => c.column.startsWith(prefix)));
    return told
      .map((own): Row => {
        const known = (states.get(own.column) ?? []).filter((s) => s !== "unknown");
        return { now: own, before: past.get(own.column) ?? null, state: known.length > 0 ? worst(known) : "unknown" };
      })
      .sort((a, b) => order(a.state) - order(b.state) || more(b) - more(a) || a.now.column.localeCompare(b.now.column));
  }, [now.data, before.data, watched]);
  const columns = useMemo(
    (): Column<Row>[] => [
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
      { id: "state", head: "State", by: (row) => order(row.state), cell: (row) => <StateMark state={row.state} word={row.state === "unknown" ? "not watched" : undefined} /> },
      { id: "missing", head: "Missing", number: true, by: (row) => missing(row.now) ?? 0, cell: (row) => percent(missing(row.now)) },
      { id: "before", head: "Before", number: true, title: `In the ${baseline.label}`, by: (row) => missing(row.before) ?? 0, cell: (row) => percent(missing(row.before)) },
      { id: "mean", head: "Mean", number: true, wide: true, title: "Of texts: of their lengths", by: (row) => row.now.mean ?? 0, cell: (row) => figure(row.now, row.now.mean) },
      { id: "mean-before", head: "Mean before", number: true, wide: true, by: (row) => row.before?.mean ?? 0, cell: (row) => (row.before ? figure(row.before, row.before.mean) : "–") },
      { id: "range", head: "Least to most", number: true, wide: true, cell: (row) => (row.now.type === "time" ? "–" : `${number(row.now.min)} – ${number(row.now.max)}`) },
      { id: "rows", head: "Rows", number: true, by: (row) => row.now.rows, cell: (row) => count(row.now.rows) },
    ],
    [name, baseline.label],
  );
  return (
    <Paper withBorder p="md" data-ready={now.isSuccess || undefined}>
      <Stack>
        <Title order={2}>{now.isSuccess ? sentence(rows) : "Columns"}</Title>
        <Text size="sm" c="dimmed">
          Whole days of the time above, beside {baseline.range ? `the ${baseline.label}` : baseline.label}.
        </Text>
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
