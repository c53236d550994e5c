import { Paper, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { schemas } from "../../api/queries";
import { ask, type Cell, during, records, spell, tableOf } from "../../api/sql";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { QueryLink } from "../../kit/QueryLink";
import { useTime } from "../../time/useTime";
import { count } from "../../words/numbers";
import { Headed } from "./Headed";
import { useMarkers } from "./useMarkers";
import { verdictLines, verdictStep } from "./feedback";

type Row = Record<string, Cell>;

/** What people said of a model's answers: how often each verdict over time, and the newest words. */
export default function FeedbackTab({ name }: { name: string }) {
  const known = useQuery(schemas(name));
  if (known.isSuccess && !known.data.some((s) => s.table === "feedback")) {
    return (
      <Empty title="Nobody has said anything yet">
        Send events of kind “feedback” with the id of a prediction and a verdict: <code>right</code>, <code>wrong</code>, <code>biased</code>, <code>harmful</code>, <code>unhelpful</code>.
      </Empty>
    );
  }
  return <Headed words="What people said" query={known}>{() => <Said name={name} />}</Headed>;
}

function Said({ name }: { name: string }) {
  const { range } = useTime();
  const palette = usePalette();
  const markers = useMarkers(name);
  const table = tableOf(name, "feedback");
  const { unit, per } = verdictStep(range);
  const sql = `SELECT date_trunc('${unit}', time) AS t, coalesce(verdict, 'none') AS verdict, count(*) AS n FROM ${table} WHERE ${during(range)} GROUP BY 1, 2 ORDER BY 1`;
  const newest = `SELECT * FROM ${table} WHERE ${during(range)} ORDER BY time DESC LIMIT 100`;
  const told = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), staleTime: 60_000 });
  const rows = useQuery({ queryKey: ["sql", newest], queryFn: async ({ signal }) => records(await ask(newest, { signal })), staleTime: 60_000 });
  const { times, lines } = useMemo(() => verdictLines(told.data ?? [], range, palette.series), [told.data, range, palette]);
  const columns = useMemo(
    (): Column<Row>[] => [
      { id: "time", head: "Time", by: (r) => Date.parse(spell(r.time)), cell: (r) => <Time at={spell(r.time)} /> },
      { id: "verdict", head: "Verdict", by: (r) => spell(r.verdict), cell: (r) => <b>{spell(r.verdict) || "–"}</b> },
      { id: "comment", head: "Words", cell: (r) => spell(r.comment) || "–" },
      { id: "by", head: "By", wide: true, by: (r) => spell(r.by), cell: (r) => spell(r.by) || "–" },
      {
        id: "prediction",
        head: "Prediction",
        cell: (r) =>
          r.prediction_id === null ? (
            "–"
          ) : (
            <Link to="/predictions/$model/$id" params={{ model: name, id: spell(r.prediction_id) }} search={{}}>
              its story
            </Link>
          ),
      },
    ],
    [name],
  );
  return (
    <Paper withBorder p="md" data-ready={(told.isSuccess && rows.isSuccess) || undefined}>
      <Stack>
        <Title order={2}>What people said</Title>
        <Asked query={told} height={180}>
          {() => (lines.length === 0 ? <Empty title="Nothing was said in this time">Choose a longer time above.</Empty> : <TimeChart title={`Verdicts ${per}, of whole ${unit}s`} times={times} lines={lines} markers={markers} format={count} extent={range} />)}
        </Asked>
        <Asked query={rows} height={240}>
          {(list) => (list.length === 0 ? null : <DataTable label="Newest feedback" rows={list} columns={columns} rowKey={(r, at) => `${spell(r.id)} ${at}`} minWidth={480} height={480} />)}
        </Asked>
        <QueryLink sql={newest} />
      </Stack>
    </Paper>
  );
}
