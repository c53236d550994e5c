import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Alert, type Monitor, profiles } from "../../api/queries";
import { MonitorChart, windowsTitle } from "../../charts/MonitorChart";
import { AlertLinks } from "../../kit/AlertLinks";
import { Failed, Waiting } from "../../kit/Asked";
import { QueryLink } from "../../kit/QueryLink";
import { StateMark } from "../../kit/StateMark";
import { DAY, GRAIN_MS, type Range } from "../../time/range";
import { useMinute } from "../../time/useTime";
import { count } from "../../words/numbers";
import { isOpen } from "../../words/summary";
import { BurnChart } from "./BurnChart";
import { burnAt, type Counted, counted, countedWindows, edgeOf, grainFor, type Kept, kept, monitorOf, type Objective, periodOf, type Promised, promisedBy } from "./objectives";
import { badRows, budgetWords, countsSql, coverage, goodShare, promisedWords, type Told, verdict } from "./promise";

interface Props {
  model: string;
  objective: Objective;
  monitors: readonly Monitor[];
  alerts: readonly Alert[];
}

/** One promise: whether it is kept, what is left of its budget, how fast that goes, and who is told. */
export function ObjectiveCard({ model, objective, monitors, alerts }: Props) {
  const minute = useMinute();
  const kind = promisedBy(objective);
  const range = useMemo(() => periodOf(objective, minute), [objective, minute]);
  const grain = grainFor(objective);
  const monitor = monitorOf(objective, monitors);
  const choice = kind === "fast" ? { column: "latency_ms", edges: String(edgeOf(objective.atMost ?? 0)) } : { column: "status" };
  const asked = useQuery({ ...profiles(model, { range, grain, ...choice }), enabled: kind !== "windows" });
  const counts = useMemo(() => {
    if (kind === "windows") return countedWindows(monitor?.points ?? [], objective, range);
    return asked.data ? counted(asked.data, kind, range, grain) : null;
  }, [kind, monitor, objective, range, grain, asked.data]);
  const open = alerts.filter((a) => isOpen(a) && monitor && a.symptoms.some((s) => s.monitor === monitor.name));
  return (
    <Paper withBorder p="md" component="section" aria-label={`Objective ${objective.name}`}>
      {asked.isError && <Failed error={asked.error} retry={() => void asked.refetch()} />}
      {!counts && !asked.isError && <Waiting height={320} />}
      {counts && <Standing model={model} objective={objective} monitor={monitor} open={open} counts={counts} range={range} kind={kind} />}
    </Paper>
  );
}

interface StandingProps {
  model: string;
  objective: Objective;
  monitor: Monitor | null;
  open: readonly Alert[];
  counts: readonly Counted[];
  range: Range;
  kind: Promised;
}

function Standing({ model, objective, monitor, open, counts, range, kind }: StandingProps) {
  const own = useMemo(() => kept(counts, objective.target, range), [counts, objective, range]);
  const day = useMemo(() => burnAt(counts, objective.target, DAY, range.to), [counts, objective, range]);
  const told: Told = monitor ? (monitor.state === "firing" || open.length > 0 ? "firing" : "quiet") : null;
  const { state, word, sentences } = verdict(objective, own, day, told);
  return (
    <Stack gap="sm">
      <Group gap="md">
        <Title order={2}>{objective.name}</Title>
        <StateMark state={state} word={word} />
      </Group>
      <Text>{sentences.join(" ")}</Text>
      <Figures objective={objective} own={own} kind={kind} />
      <Budget own={own} kind={kind} />
      <Text size="sm" c="dimmed">
        {coverage(objective, kind, own, range)}
      </Text>
      {kind !== "windows" && own.all > 0 && <BurnChart model={model} objective={objective} counts={counts} range={range} stepMs={GRAIN_MS[grainFor(objective)]} />}
      {kind === "windows" && monitor && monitor.points.length > 0 && <MonitorChart title={windowsTitle(monitor.points)} measure={monitor.measure} metric={monitor.metric} points={monitor.points} bandLabel="promised" />}
      <OpenAlerts open={open} monitor={monitor} />
      <Group gap="md" fz="sm" className="no-print">
        {kind !== "windows" && own.bad > 0 && (
          <Link to="/predictions" search={badRows(model, objective, range)}>
            Bad rows
          </Link>
        )}
        {kind !== "windows" && <QueryLink sql={countsSql(model, objective, range)} words="Query" />}
        {monitor && (
          <Link to="/models/$model" params={{ model }} search={(s) => ({ ...s, tab: "monitors", monitor: monitor.name })}>
            Its monitor
          </Link>
        )}
      </Group>
    </Stack>
  );
}

function Figures({ objective, own, kind }: { objective: Objective; own: Kept; kind: Promised }) {
  return (
    <Group gap="xl" align="flex-start">
      <Figure name="Promised">
        {goodShare(objective.target)} {promisedWords(objective)}, over {objective.over}
      </Figure>
      <Figure name="Good so far">
        {goodShare(own.good)}
        {own.ends ? ` [${goodShare(own.ends[0])}, ${goodShare(own.ends[1])}]` : ""}, n = {count(own.all)}
        {kind === "windows" ? " windows" : ""}
      </Figure>
    </Group>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm">{children}</Text>
    </div>
  );
}

/** What is left of the period's error budget. */
function Budget({ own, kind }: { own: Kept; kind: Promised }) {
  const words = budgetWords(kind, own);
  const left = Math.min(1, Math.max(0, own.left ?? 0));
  return (
    <div>
      <Text size="xs" c="dimmed">
        Error budget
      </Text>
      {own.left !== null && (
        <div className="bar" aria-hidden="true">
          <span style={{ width: `${left * 100}%` }} />
        </div>
      )}
      <Text size="sm" mt={4}>
        {words}.
      </Text>
    </div>
  );
}

function OpenAlerts({ open, monitor }: { open: readonly Alert[]; monitor: Monitor | null }) {
  if (!monitor) return null;
  if (open.length === 0) {
    return (
      <Text size="sm">
        No alert of it is open.
      </Text>
    );
  }
  return <AlertLinks words="Open alerts:" alerts={open} />;
}
