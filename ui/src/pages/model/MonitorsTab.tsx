import { Group, Paper, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Schemas } from "../../api/client";
import { type Monitor, scores, standing } from "../../api/queries";
import { formatOf, MonitorChart, windowsTitle } from "../../charts/MonitorChart";
import { Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { intoSight } from "../../kit/intoSight";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { subject } from "../../words/columns";
import { count, duration, number, percent, plural } from "../../words/numbers";
import { rank, stateOfMonitor } from "../../words/state";
import { telling } from "./drift";
import { Headed } from "./Headed";
import { useMarkers } from "./useMarkers";

/** The monitor that is shown in full. */
const SHOWN = "shown-monitor";

const words = (monitor: Monitor) => subject({ ...monitor, segment: monitor.segment });
const newest = (monitor: Monitor) => telling(monitor.points).at(-1);
const breaches = (monitor: Monitor) => telling(monitor.points).filter((p) => p.breach).length;

const COLUMNS: Column<Monitor>[] = [
  { id: "state", head: "State", by: (m) => rank(stateOfMonitor(m.state)), cell: (m) => <StateMark state={stateOfMonitor(m.state)} word={m.state} /> },
  { id: "what", head: "What", main: true, by: words, cell: (m) => words(m) },
  { id: "value", head: "Now", number: true, cell: (m) => formatOf(m.measure)(newest(m)?.value ?? null) },
  { id: "fine", head: "Fine", number: true, wide: true, cell: fine },
  { id: "breaches", head: "Out of bounds", number: true, by: breaches, cell: (m) => `${breaches(m)} of ${telling(m.points).length}`, title: "Of the last windows that tell a value" },
  { id: "window", head: "Window", number: true, wide: true, by: (m) => m.window_s, cell: (m) => duration(m.window_s * 1000) },
];

function fine(monitor: Monitor): string {
  const band = newest(monitor)?.band;
  if (!band) return "–";
  const format = formatOf(monitor.measure);
  const [low, high] = [band.low ?? null, band.high ?? null];
  if (low === null) return high === null ? "anything" : `up to ${format(high)}`;
  return high === null ? `from ${format(low)}` : `${format(low)} – ${format(high)}`;
}

/** Every monitor of a model: what it says, and why it told something or not. */
export default function MonitorsTab({ name }: { name: string }) {
  const asked = useQuery(standing(name));
  const { monitor: chosen } = useSearch({ from: "/models/$model" });
  const navigate = useNavigate({ from: "/models/$model" });
  const [find, setFind] = useState("");
  const [state, setState] = useState<string | null>(null);
  const sorted = useMemo(
    () => [...(asked.data?.monitors ?? [])].sort((a, b) => rank(stateOfMonitor(a.state)) - rank(stateOfMonitor(b.state)) || a.name.localeCompare(b.name)),
    [asked.data],
  );
  const rows = sorted.filter((m) => (!state || m.state === state) && `${m.name} ${words(m)}`.toLowerCase().includes(find.toLowerCase()));
  const open = sorted.find((m) => m.name === chosen) ?? sorted[0];
  return (
    <Headed words="Monitors" query={asked} height={300}>
      {(own) =>
        !own ? (
          <Empty title="Nobody watches this model yet">Monitors begin a minute after the first prediction.</Empty>
        ) : own.monitors.length === 0 ? (
          <Empty title="There are no monitors yet">
            <Learnt own={own} />
          </Empty>
        ) : (
          <Stack data-ready>
            <Text size="sm">
              {plural(own.monitors.length, "monitor")}. <Learnt own={own} />
              {own.closed ? (
                <>
                  {" "}
                  Windows are closed up to <Time at={own.closed} />.
                </>
              ) : null}
            </Text>
            {own.not_watched.length > 0 && (
              <Text size="sm">
                <StateMark state="unknown" word="not watched" /> {own.not_watched.join(", ")}: the reference has no such column, segment or outcome.
              </Text>
            )}
            {open && <OneMonitor monitor={open} model={name} />}
            <Group>
              <TextInput aria-label="Find a monitor" placeholder="Measure or column…" value={find} onChange={(e) => setFind(e.currentTarget.value)} />
              <Select aria-label="State" placeholder="All states" clearable data={["firing", "pending", "unknown", "learning", "ok"]} value={state} onChange={setState} />
            </Group>
            <DataTable
              label="Monitors"
              rows={rows}
              columns={COLUMNS}
              rowKey={(m) => m.name}
              minWidth={520}
              height={560}
              isChosen={(m) => m.name === open?.name}
              onRow={(m) => {
                void navigate({ to: "/models/$model", params: { model: name }, search: (s) => ({ ...s, monitor: m.name }), resetScroll: false });
                intoSight(SHOWN);
              }}
            />
          </Stack>
        )
      }
    </Headed>
  );
}

/** From which time what is usual was learnt, or that it still is. */
function Learnt({ own }: { own: Schemas["ModelStanding"] }) {
  if (own.state !== "watching") {
    return (
      <>
        What is usual is being learnt until <Time at={own.reference_to} />.
      </>
    );
  }
  return (
    <>
      What is usual was learnt from <Time at={own.reference_from} /> to <Time at={own.reference_to} />.
    </>
  );
}

function OneMonitor({ monitor, model }: { monitor: Monitor; model: string }) {
  const markers = useMarkers(model);
  return (
    <Paper withBorder p="md" component="section" aria-label={`Monitor ${monitor.name}`} id={SHOWN} className="sight">
      <Stack gap="xs">
        <Group gap="md">
          <Title order={2}>{words(monitor)}</Title>
          <StateMark state={stateOfMonitor(monitor.state)} word={monitor.state} />
        </Group>
        <Text size="sm">{monitor.why}</Text>
        {monitor.points.length > 0 && <MonitorChart title={windowsTitle(monitor.points)} measure={monitor.measure} metric={monitor.metric} points={monitor.points} markers={markers} height={170} />}
        <Rightness monitor={monitor.name} model={model} />
        <Text size="xs" c="dimmed">
          {monitor.name} · window {duration(monitor.window_s * 1000)} · an alert needs {monitor.breaches} of {monitor.of} windows · matters from {number(monitor.material)} · learnt from{" "}
          {plural(monitor.reference_windows, "window")} · n = {count(newest(monitor)?.n)}
        </Text>
      </Stack>
    </Paper>
  );
}

/** How often a monitor was right, by what people said of its alerts and by what drills seeded. */
function Rightness({ monitor, model }: { monitor: string; model: string }) {
  const { data } = useQuery(scores(model));
  const own = data?.monitors.find((m) => m.monitor === monitor);
  if (!own) return null;
  const { precision, recall } = own;
  return (
    <Text size="sm">
      {plural(own.alerts, "alert")} led, {own.judged} judged: {own.true_positive} right, {own.false_positive} false
      {precision.n > 0 ? ` (precision ${within(precision)})` : ""}.{recall.n > 0 ? ` Of ${plural(recall.n, "fault")} of drills it told ${within(recall)}.` : ""}
    </Text>
  );
}

function within({ value, low, high }: Schemas["ShareView"]): string {
  return `${percent(value)}, 95 % sure between ${percent(low)} and ${percent(high)}`;
}
