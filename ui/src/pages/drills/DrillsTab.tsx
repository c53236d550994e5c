import { Code, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { drills, type Planned } from "../../api/queries";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { intoSight } from "../../kit/intoSight";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { duration, percent, plural } from "../../words/numbers";
import { rank, STATE_SIGNS } from "../../words/state";
import { DRILL_SHOWN, DrillDetail } from "./DrillDetail";
import { Next, usePlan } from "./Plan";
import { DRILL_WORDS, drillSentence, type Kind, mutationScore, type Rehearsed, rehearsed, type Score, stateOfDrill } from "./score";

const HISTORY_MAX = 10;

const caught = ({ newest }: Rehearsed) => newest.faults.filter((f) => f.expected && f.caught).length;
const seeded = ({ newest }: Rehearsed) => newest.faults.filter((f) => f.expected).length;
const longest = ({ newest }: Rehearsed) => Math.max(-1, ...newest.expected.map((e) => e.delay_seconds ?? -1));

const COLUMNS: Column<Rehearsed>[] = [
  {
    id: "state",
    head: "Result",
    by: (d) => rank(stateOfDrill(d.newest)),
    cell: (d) => <StateMark state={stateOfDrill(d.newest)} word={DRILL_WORDS[stateOfDrill(d.newest)]} />,
  },
  { id: "name", head: "Drill", main: true, by: (d) => d.name, cell: (d) => <b>{d.name}</b> },
  { id: "caught", head: "Caught", number: true, cell: (d) => (seeded(d) === 0 ? "nothing to catch" : `${caught(d)} of ${seeded(d)}`), title: "Faults that monitors should tell of, and told of in time" },
  { id: "delay", head: "Longest delay", number: true, by: longest, cell: (d) => (longest(d) < 0 ? "–" : duration(longest(d) * 1000)), title: "From the beginning of the fault until people were told" },
  { id: "misses", head: "Misses", number: true, by: (d) => d.newest.misses.length, cell: (d) => d.newest.misses.length },
  { id: "false", head: "False alarms", number: true, by: (d) => d.newest.false_alarms.length, cell: (d) => d.newest.false_alarms.length },
  { id: "at", head: "Rehearsed", number: true, wide: true, by: (d) => Date.parse(d.newest.started_at), cell: (d) => <Time at={d.newest.started_at} /> },
  { id: "history", head: "Before", wide: true, cell: (d) => <History runs={d.runs} />, title: "The rehearsals so far, oldest first" },
];

function History({ runs }: { runs: Rehearsed["runs"] }) {
  const shown = runs.slice(-HISTORY_MAX).map(stateOfDrill);
  return (
    <span className="nowrap">
      <span aria-hidden="true">{shown.map((state) => STATE_SIGNS[state]).join(" ")}</span>{" "}
      <Text span size="xs" c="dimmed">
        {plural(runs.length, "run")}, {runs.filter((r) => r.passed).length} passed
      </Text>
    </span>
  );
}

/** What was rehearsed, and what it says about the monitors. */
export function DrillsTab() {
  const asked = useQuery(drills);
  const plan = usePlan();
  const { drill } = useSearch({ from: "/drills" });
  const navigate = useNavigate({ from: "/drills" });
  return (
    <Asked query={asked} height={280}>
      {(page) => {
        const list = rehearsed(page.items);
        const coming = [...plan.values()].filter((p) => !list.some((d) => d.name === p.name));
        if (list.length === 0) return coming.length > 0 ? <Coming drills={coming} /> : <Nothing />;
        const open = list.find((d) => d.name === drill) ?? list[0];
        const score = mutationScore(list);
        return (
          <Stack data-ready>
            <Title order={2}>{drillSentence(list)}</Title>
            <Figures score={score} />
            <DataTable
              label="Drills"
              rows={list}
              columns={COLUMNS}
              rowKey={(d) => d.name}
              minWidth={620}
              height={list.length > 20 ? 480 : undefined}
              isChosen={(d) => d.name === open?.name}
              onRow={(d) => {
                void navigate({ to: "/drills", search: (s) => ({ ...s, drill: d.name }), resetScroll: false });
                intoSight(DRILL_SHOWN);
              }}
            />
            {open && <DrillDetail drill={open.newest} planned={plan.get(open.name)} />}
            <Coming drills={coming} />
            <Kinds kinds={score.kinds} />
          </Stack>
        );
      }}
    </Asked>
  );
}

/** Half of one alert, or of two, say nothing. */
function ofAlerts(delays: number): string {
  if (delays >= 3) return "half of the alerts came sooner";
  return delays === 0 ? "no alert came" : `of ${delays === 1 ? "one alert" : "two alerts, the later one"}`;
}

function Figures({ score }: { score: Score }) {
  const figures = [
    {
      name: "Mutation score",
      value: score.seeded === 0 ? "–" : percent(score.caught / score.seeded),
      help: `${score.caught} of ${plural(score.seeded, "planted fault")} caught in time`,
    },
    { name: "Usual delay", value: score.delay === null ? "–" : duration(score.delay * 1000), help: ofAlerts(score.delays) },
    { name: "False alarms", value: String(score.falseAlarms), help: "alerts without a reason, newest rehearsals" },
  ];
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }}>
      {figures.map(({ name, value, help }) => (
        <Paper withBorder p="sm" key={name}>
          <Text size="sm">{name}</Text>
          <Text fz="xl" fw={650}>
            {value}
          </Text>
          <Text size="xs" c="dimmed">
            {help}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

const KIND_COLUMNS: Column<Kind>[] = [
  { id: "fault", head: "Kind of fault", by: (k) => k.fault, cell: (k) => k.fault.replaceAll("_", " ") },
  { id: "caught", head: "Caught", number: true, by: (k) => k.caught, cell: (k) => `${k.caught} of ${k.seeded}` },
  { id: "share", head: "Blind spot", cell: (k) => (k.caught === k.seeded ? "no" : <StateMark state="act" word={k.caught === 0 ? "yes" : "in part"} />) },
];

function Kinds({ kinds }: { kinds: Kind[] }) {
  if (kinds.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>By kind of fault</Title>
      <DataTable label="Kinds of fault" rows={kinds} columns={KIND_COLUMNS} rowKey={(k) => k.fault} />
    </Stack>
  );
}

/** Drills that wait for their first rehearsal. */
function Coming({ drills: list }: { drills: readonly Planned[] }) {
  if (list.length === 0) return null;
  return (
    <Stack gap="xs" data-ready>
      <Title order={2}>Not rehearsed yet</Title>
      {list.map((planned) => (
        <Group key={planned.name} gap="md">
          <Text fw={600}>{planned.name}</Text>
          <Next planned={planned} />
        </Group>
      ))}
    </Stack>
  );
}

const EXAMPLE = `apiVersion: candor/v1
kind: Scenario
metadata: {name: null-burst}
spec:
  schedule: {every: 7d}
  models: [{name: credit-risk}]
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d9h, to: 9d9h, magnitude: 0.6}
  expect:
    - {model: credit-risk, measure: missing, column: input_debt_ratio, within: 6h}`;

function Nothing() {
  return (
    <div data-ready>
      <Empty title="Nothing was rehearsed yet">
        <Stack gap="xs">
          <Text size="sm">
            A drill plays traffic with a known fault to a server of its own, and looks whether your monitors tell of it. Give one a schedule, and it is rehearsed at once and then again and again:
          </Text>
          <Code block tabIndex={0} className="code">
            {EXAMPLE}
          </Code>
          <Group gap="xs">
            <Code>candor apply -f drill.yaml</Code>
            <Text size="sm">
              or, once and for all that come with Candor, <Code>candor drill run --all</Code>
            </Text>
          </Group>
        </Stack>
      </Empty>
    </div>
  );
}
