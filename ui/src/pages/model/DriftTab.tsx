import { Group, Paper, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { standing } from "../../api/queries";
import { formatOf } from "../../charts/MonitorChart";
import { Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { intoSight } from "../../kit/intoSight";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { columnName } from "../../words/columns";
import { count } from "../../words/numbers";
import { rank, stateOfMonitor } from "../../words/state";
import { Difference } from "./Difference";
import { DriftHeat } from "./DriftHeat";
import { type Drifted, driftRows } from "./drift";
import { Headed } from "./Headed";

const format = formatOf("drift");
/** The column that is shown in full. */
const SHOWN = "shown-column";

const COLUMNS: Column<Drifted>[] = [
  { id: "column", head: "Column", by: (d) => d.column, cell: (d) => <b>{columnName(d.column).name}</b> },
  { id: "role", head: "Role", wide: true, by: (d) => columnName(d.column).role, cell: (d) => [columnName(d.column).role, d.where].filter(Boolean).join(", ") },
  { id: "state", head: "State", by: (d) => rank(stateOfMonitor(d.monitor.state)), cell: (d) => <StateMark state={stateOfMonitor(d.monitor.state)} word={d.monitor.state} /> },
  { id: "value", head: "Difference", number: true, title: "Jensen–Shannon distance of the newest window that tells anything", by: (d) => d.value ?? -1, cell: (d) => format(d.value) },
  { id: "fine", head: "Fine up to", number: true, wide: true, by: (d) => d.fine ?? 0, cell: (d) => format(d.fine) },
  { id: "breaches", head: "Windows out of bounds", number: true, by: (d) => d.breaches, cell: (d) => `${d.breaches} of ${d.windows}` },
  { id: "since", head: "Since", number: true, by: (d) => d.since ?? 0, cell: (d) => (d.since === null ? "–" : <Time at={d.since} />) },
  { id: "n", head: "Rows", number: true, wide: true, by: (d) => d.n, cell: (d) => count(d.n) },
];

/** Which columns look different from the reference, when that began, and how. */
export default function DriftTab({ name }: { name: string }) {
  const asked = useQuery(standing(name));
  const { column } = useSearch({ from: "/models/$model" });
  const navigate = useNavigate({ from: "/models/$model" });
  const [bySegment, setBySegment] = useState(false);
  const all = useMemo(() => driftRows(asked.data?.monitors ?? []), [asked.data]);
  const rows = useMemo(() => (bySegment ? all : all.filter((d) => d.where === "")), [all, bySegment]);
  const shown = column ?? rows[0]?.column ?? "";
  const pick = (chosen: string) => {
    void navigate({ to: "/models/$model", params: { model: name }, search: (s) => ({ ...s, column: chosen }), resetScroll: false });
    intoSight(SHOWN);
  };
  const ill = rows.filter((d) => d.monitor.state === "firing" || d.monitor.state === "pending").length;
  return (
    <Headed words="What looks different from the reference" query={asked} height={300}>
      {(own) =>
        rows.length === 0 ? (
          <Empty title="Nothing is compared with a reference yet">
            {own ? <>What is usual is learnt until <Time at={own.reference_to} />.</> : "Monitors begin a minute after the first prediction."}
          </Empty>
        ) : (
          <Stack data-ready>
            <Group justify="space-between">
            <Title order={2}>
              {ill > 0 ? `${ill} of ${rows.length} ${bySegment ? "columns and segments" : "columns"} look different from the reference` : "Every column looks as it did in the reference"}
            </Title>
            {all.length > rows.length || bySegment ? <Switch label="By segment too" checked={bySegment} onChange={(e) => setBySegment(e.currentTarget.checked)} /> : null}
            </Group>
            <Paper withBorder p="md" id={SHOWN} className="sight">
              <Stack>
                <Difference name={name} column={shown} />
              </Stack>
            </Paper>
            <Paper withBorder p="md">
              <Stack gap="sm">
                <Title order={3}>Columns over the last windows</Title>
                <Text size="sm" c="dimmed">
                  The stronger the blue, the more different; ▲ is out of bounds; empty is too few rows to tell. Choose a cell to see its column.
                </Text>
                <DriftHeat rows={rows} onColumn={pick} />
              </Stack>
            </Paper>
            <DataTable label="Columns by how different they are" rows={rows} columns={COLUMNS} rowKey={(d) => d.monitor.name} minWidth={620} isChosen={(d) => d.column === shown && d.where === ""} onRow={(d) => pick(d.column)} height={rows.length > 60 ? 640 : undefined} />
          </Stack>
        )
      }
    </Headed>
  );
}
