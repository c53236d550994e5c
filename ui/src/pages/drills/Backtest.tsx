import { Button, Group, Paper, Select, Slider, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { models, type Monitor, standing } from "../../api/queries";
import { MonitorChart } from "../../charts/MonitorChart";
import { Asked, Empty, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { subject } from "../../words/columns";
import { count, duration, number, plural } from "../../words/numbers";
import { alertsOf, type Told } from "./transitions";

const COLUMNS: Column<Told>[] = [
  { id: "cause", head: "What", cell: (t) => t.cause },
  { id: "severity", head: "Severity", wide: true, by: (t) => t.severity, cell: (t) => t.severity },
  { id: "onset", head: "Began", number: true, by: (t) => t.onset, cell: (t) => <Time at={t.onset} /> },
  { id: "fired", head: "Told after", number: true, by: (t) => t.fired - t.onset, cell: (t) => duration(t.fired - t.onset) },
  { id: "resolved", head: "Over", number: true, wide: true, by: (t) => t.resolved ?? Infinity, cell: (t) => (t.resolved === null ? "goes on" : <Time at={t.resolved} />) },
];

/** Which model to try, then the engine over its history. */
export function Backtest() {
  const known = useQuery(models);
  const search = useSearch({ from: "/drills" });
  const navigate = useNavigate();
  return (
    <Asked query={known}>
      {(list) => {
        const name = search.model ?? list[0]?.name;
        if (!name) return <Empty title="There is no history yet" />;
        return (
          <Stack>
            <Select label="Model" maw={280} data={list.map((m) => m.name)} value={name} allowDeselect={false} onChange={(model) => void navigate({ to: "/drills", search: { model: model ?? name } })} />
            <OfModel key={name} name={name} />
          </Stack>
        );
      }}
    </Asked>
  );
}

const words = (m: Monitor) => subject({ ...m, segment: m.segment as Record<string, string> });
/** A slider over what matters: from a quarter of it to four times. */
const MARKS = [0.25, 0.5, 1, 2, 4].map((factor) => ({ value: Math.log2(factor), label: factor === 1 ? "as now" : `${factor}×` }));

function OfModel({ name }: { name: string }) {
  const own = useQuery(standing(name));
  const [chosen, setChosen] = useState<string | null>(null);
  const [factor, setFactor] = useState(0);
  const monitor = own.data?.monitors.find((m) => m.name === chosen);
  const material = monitor ? monitor.material * 2 ** factor : 0;
  const run = useMutation({
    mutationFn: (monitors: Record<string, never>[]) => answer(api.POST("/v1/backtests", { body: { model: name, monitors } })),
  });
  const begin = () => run.mutate(monitor && factor !== 0 ? [trial(name, monitor, material)] : []);
  return (
    <Stack>
      <Paper withBorder p="md">
        <Stack>
          <Text size="sm">
            The engine that watches {name} runs over all that the lake still has. Nobody is told. Change how much matters to one monitor, and see what it would have told.
          </Text>
          <Asked query={own}>
            {(told) =>
              told ? (
                <Group align="flex-end" gap="xl">
                  <Select label="Monitor" placeholder="All as they are" clearable searchable miw={320} data={told.monitors.map((m) => ({ value: m.name, label: `${words(m)} (${m.name})` }))} value={chosen} onChange={setChosen} />
                  {monitor && (
                    <Stack gap={2} miw={260} pb="lg">
                      <Text size="sm">
                        Matters from {number(material)} (now {number(monitor.material)})
                      </Text>
                      <Slider aria-label="How much matters" min={-2} max={2} step={0.25} marks={MARKS} value={factor} onChange={setFactor} label={null} />
                    </Stack>
                  )}
                  <Button loading={run.isPending} onClick={begin}>
                    Run over history
                  </Button>
                </Group>
              ) : (
                <Empty title="Nobody watches this model yet">Monitors begin a minute after the first prediction.</Empty>
              )
            }
          </Asked>
        </Stack>
      </Paper>
      {run.isError && <Failed error={run.error} />}
      {run.isSuccess && <Result told={run.data} monitor={chosen} />}
    </Stack>
  );
}

/** The monitor as an object, with another effect that matters. */
function trial(model: string, monitor: Monitor, material: number): Record<string, never> {
  const { measure, column, metric, segment } = monitor;
  const spec = { model, measure, ...(column ? { column } : {}), ...(metric ? { metric } : {}), segment, material: Number(material.toPrecision(4)) };
  return { apiVersion: "candor/v1", kind: "Monitor", metadata: { name: "trial" }, spec } as unknown as Record<string, never>;
}

function Result({ told, monitor }: { told: Schemas["Backtest"]; monitor: string | null }) {
  const alerts = alertsOf(told.transitions);
  const own = told.standing.find((m) => m.name === "trial") ?? told.standing.find((m) => m.name === monitor);
  return (
    <Stack data-ready>
      <Title order={2}>{alerts.length === 0 ? "Nobody would have been told of anything" : `${plural(alerts.length, "alert")} would have fired`}</Title>
      <Text size="sm" c="dimmed">
        <Time at={told.from} /> to <Time at={told.to} />: {count(told.windows)} windows of {plural(told.monitors, "monitor")} in {duration(told.elapsed_ms)}.
      </Text>
      {own && own.points.length > 0 && (
        <Paper withBorder p="md">
          <MonitorChart title={words(own)} measure={own.measure} points={own.points} />
          <Text size="sm">{own.why}</Text>
        </Paper>
      )}
      {alerts.length > 0 && <DataTable label="Alerts that would have fired" rows={alerts} columns={COLUMNS} rowKey={(t) => t.id} minWidth={520} />}
    </Stack>
  );
}
