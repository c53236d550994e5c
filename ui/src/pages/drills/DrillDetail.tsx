import { Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import type { Planned } from "../../api/queries";
import { duration } from "../../words/numbers";
import { Next } from "./Plan";
import { DRILL_WORDS, type Drill, stateOfDrill } from "./score";

/** Where the drill is that is shown in full. */
export const DRILL_SHOWN = "shown-drill";

type Expected = Drill["expected"][number];

const EXPECTED: Column<Expected>[] = [
  { id: "passed", head: "Result", cell: (e) => <StateMark state={e.passed ? "fine" : "act"} word={verdict(e)} /> },
  {
    id: "what",
    head: "Should be told",
    cell: (e) => (
      <>
        {e.what} <Text span size="xs" c="dimmed">{`of ${e.model}`}</Text>
      </>
    ),
  },
  { id: "delay", head: "After", number: true, cell: (e) => (typeof e.delay_seconds === "number" ? duration(e.delay_seconds * 1000) : "–") },
  { id: "cause", head: "Named as the likely cause", wide: true, cell: (e) => e.cause ?? "–" },
];

function verdict(expected: Expected): string {
  if (expected.passed) return "told";
  if (!expected.found) return "missed";
  return expected.in_time ? "told, but not as expected" : "told too late";
}

/** The newest rehearsal of one drill, and when the next one is; once and for all rehearsed, it has none. */
export function DrillDetail({ drill, planned }: { drill: Drill; planned?: Planned }) {
  const state = stateOfDrill(drill);
  return (
    <Paper withBorder p="md" component="section" aria-label={`Drill ${drill.name}`} id={DRILL_SHOWN} className="sight">
      <Stack gap="sm">
        <Group gap="md">
          <Title order={2}>{drill.name}</Title>
          <StateMark state={state} word={DRILL_WORDS[state]} />
          <Text size="sm" c="dimmed">
            rehearsed <Time at={drill.started_at} />, took {duration(drill.took_seconds * 1000)}
          </Text>
        </Group>
        {planned && <Next planned={planned} />}
        {drill.not_run && <Text size="sm">{drill.not_run}</Text>}
        <List size="sm" spacing={2}>
          {drill.sentences.map((sentence, at) => (
            <List.Item key={`${at} ${sentence}`}>{sentence}</List.Item>
          ))}
        </List>
        {drill.expected.length > 0 && <DataTable label="Expected alerts" rows={drill.expected} columns={EXPECTED} rowKey={(e, at) => `${at} ${e.what}`} minWidth={420} />}
        {drill.false_alarms.length > 0 && (
          <Stack gap={4}>
            <Title order={3}>Alerts without a reason</Title>
            {drill.false_alarms.map((alarm) => (
              <Text size="sm" key={`${alarm.fired_at} ${alarm.family}`}>
                <Time at={alarm.fired_at} /> · {alarm.model} · {alarm.sentence}
              </Text>
            ))}
          </Stack>
        )}
        {!drill.passed && (
          <Text size="sm">
            A drill that fails is an alert, so that routes tell of it: <Link to="/alerts">look at the alerts</Link>. Times on this page are those of the rehearsed traffic.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
