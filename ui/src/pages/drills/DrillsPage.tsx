import { Badge, Code, Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { drills } from "../../api/queries";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { duration, plural } from "../../words/numbers";
import { Backtest } from "./Backtest";

type Drill = Schemas["DrillView"];

const stateOf = (drill: Drill) => (drill.not_run ? "unknown" : drill.passed ? "fine" : "act");
const wordOf = (drill: Drill) => (drill.not_run ? "not run" : drill.passed ? "as expected" : "not as expected");

const COLUMNS: Column<Drill>[] = [
  { id: "state", head: "State", by: (d) => Number(d.passed), cell: (d) => <StateMark state={stateOf(d)} word={wordOf(d)} /> },
  { id: "name", head: "Drill", main: true, by: (d) => d.name, cell: (d) => <b>{d.name}</b> },
  { id: "when", head: "Run", number: true, by: (d) => Date.parse(d.started_at), cell: (d) => <Time at={d.started_at} /> },
  { id: "faults", head: "Faults caught", number: true, cell: (d) => `${d.faults.filter((f) => f.caught).length} of ${d.faults.filter((f) => f.expected).length}` },
  { id: "false", head: "False alarms", number: true, by: (d) => d.false_alarms.length, cell: (d) => d.false_alarms.length },
  { id: "took", head: "Took", number: true, wide: true, by: (d) => d.took_seconds, cell: (d) => duration(d.took_seconds * 1000) },
];

/** Rehearsals with a known truth, and the engine over history. */
export function DrillsPage() {
  const asked = useQuery(drills);
  const [chosen, setChosen] = useState<Drill | null>(null);
  return (
    <Stack>
      <Title order={1}>Would we be told?</Title>
      <Tabs defaultValue="backtests" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="backtests">Backtests</Tabs.Tab>
          <Tabs.Tab value="drills">Drills</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="backtests" pt="md">
          <Backtest />
        </Tabs.Panel>
        <Tabs.Panel value="drills" pt="md">
          <Asked query={asked}>
            {(page) =>
              page.items.length === 0 ? (
                <Empty title="No drill was rehearsed yet">
                  A scenario with a <code>schedule</code> is rehearsed by the server. Or play one now: <Code>candor drill run null-burst</Code>.
                </Empty>
              ) : (
                <Stack>
                  <DataTable label="Drills" rows={page.items} columns={COLUMNS} rowKey={(d) => `${d.name} ${d.started_at}`} minWidth={520} onRow={setChosen} />
                  <OneDrill drill={chosen ?? page.items[0]} />
                </Stack>
              )
            }
          </Asked>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function OneDrill({ drill }: { drill: Drill | undefined }) {
  if (!drill) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{drill.name}</Title>
        {drill.not_run && <Text size="sm">It could not be run: {drill.not_run}</Text>}
        {drill.sentences.map((sentence) => (
          <Text size="sm" key={sentence}>
            {sentence}
          </Text>
        ))}
        {drill.expected.map((e) => (
          <Text size="sm" key={`${e.fault} ${e.what}`}>
            <Badge variant="default">{e.passed ? "● as expected" : "▲ missed"}</Badge> {e.what}
            {e.delay_seconds !== null && e.delay_seconds !== undefined ? `, told after ${duration(e.delay_seconds * 1000)}` : ""}
          </Text>
        ))}
        <Text size="xs" c="dimmed">
          {plural(drill.false_alarms.length, "false alarm")}
        </Text>
      </Stack>
    </Paper>
  );
}
