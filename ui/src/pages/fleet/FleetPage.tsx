import { Badge, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Schemas } from "../../api/client";
import { type Model, models, openAlerts, briefStanding } from "../../api/queries";
import { Asked, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { rank } from "../../words/state";
import { FirstPrediction } from "./FirstPrediction";
import { counts, type FleetRow, fleetSentence, standings, type Watch } from "./standings";
import { ErrorCell, LatencyCell, LayerCell, PerformanceCell, TrafficCell, Unknown } from "./VitalCells";

const COLUMNS: Column<FleetRow>[] = [
  {
    id: "model",
    head: "Model",
    by: (row) => row.model.name,
    cell: (row) => (
      <Stack gap={0}>
        <Link className="rowlink nowrap" to="/models/$model" params={{ model: row.model.name }}>
          {row.model.name}
        </Link>
        <Text span size="xs" c="dimmed" className="nowrap">
          {[row.model.task, row.model.owner ?? "nobody owns it"].filter(Boolean).join(" · ")}
        </Text>
      </Stack>
    ),
  },
  { id: "state", head: "State", by: (row) => rank(row.state), cell: (row) => <StateMark state={row.state} /> },
  {
    id: "alerts",
    head: "Open alerts",
    by: (row) => row.open.length,
    cell: (row) => <OpenAlerts row={row} />,
  },
  { id: "traffic", head: "Traffic", cell: (row) => <TrafficCell model={row.model.name} /> },
  { id: "errors", head: "Errors", number: true, cell: (row) => <ErrorCell model={row.model.name} />, title: "Share of failed requests in the time range" },
  { id: "latency", head: "p95", number: true, cell: (row) => <LatencyCell model={row.model.name} />, title: "95 in 100 requests were faster, in the newest full window" },
  { id: "data", head: "Data", wide: true, cell: (row) => <LayerCell model={row.model.name} layer="data" />, title: "Monitors of what goes in that are out of bounds" },
  { id: "answers", head: "Answers", wide: true, cell: (row) => <LayerCell model={row.model.name} layer="model" />, title: "Monitors of what comes out and comes true that are out of bounds" },
  { id: "performance", head: "Performance", wide: true, cell: (row) => <PerformanceCell model={row.model.name} /> },
];

function OpenAlerts({ row }: { row: FleetRow }) {
  const asked = useQuery(openAlerts);
  const [first] = row.open;
  if (asked.isPending) return <Skeleton height={14} width={70} />;
  // That none is known is no news while they cannot be asked for.
  if (!first && !asked.isSuccess) return <Unknown />;
  if (!first) return <Text span size="sm" c="dimmed">none</Text>;
  return (
    <Stack gap={0}>
      <Link to="/alerts/$id" params={{ id: first.id }}>
        <Text span size="sm" lineClamp={2} maw={420} miw={150}>
          {first.cause}
        </Text>
      </Link>
      {row.open.length > 1 && (
        <Link to="/alerts" search={{ show: "open", model: row.model.name }}>
          <Text span size="xs">{`and ${row.open.length - 1} more`}</Text>
        </Link>
      )}
    </Stack>
  );
}

/** How monitors stand is some tens of kilobytes a model, which would be much of very many. */
const WATCHED_MAX = 60;
const BRIEF = COLUMNS.filter((c) => !["data", "answers", "performance"].includes(c.id));

/** Every model in a line, those first that need somebody. */
export function FleetPage() {
  const known = useQuery(models);
  return (
    <Asked query={known} height={320} heading="Fleet">
      {(list) => (list.length === 0 ? <FirstPrediction /> : <Fleet />)}
    </Asked>
  );
}

const NO_MODELS: Model[] = [];

/** Whether each model is watched; of one that was not asked yet, null. */
function watchOf(all: readonly UseQueryResult<Schemas["ModelStanding"] | null>[]): (Watch | null)[] {
  return all.map(({ data, isSuccess }) => {
    if (!isSuccess) return null;
    if (!data) return "nobody";
    return data.state === "watching" ? "watching" : "learning";
  });
}

function Fleet() {
  const known = useQuery(models);
  const open = useQuery(openAlerts);
  const { find = "" } = useSearch({ from: "/" });
  const navigate = useNavigate();
  const list = known.data ?? NO_MODELS;
  const watched = useQueries({ queries: list.slice(0, list.length > WATCHED_MAX ? 0 : WATCHED_MAX).map((m) => briefStanding(m.name)), combine: watchOf });
  const rows = useMemo(
    () => standings(list, open.data ?? null, new Map(watched.flatMap((w, at) => (w && list[at] ? [[list[at].name, w]] : [])))),
    [list, open.data, watched],
  );
  const wanted = find.toLowerCase();
  const shown = rows.filter((row) => {
    const text = [row.model.name, row.model.owner, row.model.task, row.state].join(" ").toLowerCase();
    return text.includes(wanted);
  });
  return (
    <Stack data-ready={open.isSuccess || undefined}>
      <Title order={1}>{open.isSuccess && watched.every((w) => w !== null) ? fleetSentence(rows) : "Fleet"}</Title>
      {open.isError && <Failed error={open.error} retry={() => void open.refetch()} />}
      <Group justify="space-between">
        <Group gap="xs">
          {counts(rows).map(({ state, models: n }) => (
            <Badge key={state} variant="default" size="lg" tt="none" component="button" onClick={() => void navigate({ to: "/", search: (s) => ({ ...s, find: find === state ? undefined : state }) })}>
              <Group gap={6} wrap="nowrap">
                <StateMark state={state} /> {n}
              </Group>
            </Badge>
          ))}
        </Group>
        <TextInput
          aria-label="Find a model"
          placeholder="Name, owner, task…"
          leftSection={<IconSearch size={15} />}
          value={find}
          onChange={(e) => {
            const text = e.currentTarget.value;
            void navigate({ to: "/", search: (s) => ({ ...s, find: text || undefined }), replace: true });
          }}
        />
      </Group>
      <DataTable
        label="Models"
        rows={shown}
        columns={rows.length > WATCHED_MAX ? BRIEF : COLUMNS}
        rowKey={(row) => row.model.name}
        minWidth={720}
      />
      {shown.length === 0 && <Text c="dimmed">No model matches “{find}”.</Text>}
    </Stack>
  );
}
