import { Grid, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Monitor, standing } from "../../api/queries";
import { formatOf, MonitorChart } from "../../charts/MonitorChart";
import { Asked, Empty } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { subject } from "../../words/columns";
import { count } from "../../words/numbers";
import { stateOfMonitor } from "../../words/state";
import { Calibration } from "./Calibration";
import { useMarkers } from "./useMarkers";

/** Label coverage before any metric: else the metric lies. */
const ORDER = ["labels", "label_delay", "performance", "fairness", "complaints", "effect"];

/** What came true: how many outcomes are known, then how good the model is, with intervals. */
export default function PerformanceTab({ name }: { name: string }) {
  const asked = useQuery(standing(name));
  const markers = useMarkers(name);
  const own = (asked.data?.monitors ?? [])
    .filter((m) => ORDER.includes(m.measure))
    .sort((a, b) => ORDER.indexOf(a.measure) - ORDER.indexOf(b.measure) || a.name.localeCompare(b.name));
  return (
    <Asked query={asked} height={300}>
      {() => (
        <Stack data-ready>
          {own.length === 0 && (
            <Empty title="No outcome is known yet">
              Send what came true (<code>POST /v1/models/{name}/outcomes</code>, with the prediction’s id): then performance is told, with intervals.
            </Empty>
          )}
          <Grid>
            {own.map((monitor) => (
              <Grid.Col key={monitor.name} span={{ base: 12, lg: own.length > 1 ? 6 : 12 }}>
                <Told monitor={monitor} markers={markers} model={name} />
              </Grid.Col>
            ))}
          </Grid>
          <Calibration name={name} />
        </Stack>
      )}
    </Asked>
  );
}

function Told({ monitor, markers, model }: { monitor: Monitor; markers: ReturnType<typeof useMarkers>; model: string }) {
  const last = monitor.points.findLast((p) => p.value !== null && p.value !== undefined);
  const format = formatOf(monitor.measure);
  return (
    <Paper withBorder p="md" h="100%">
      <Stack gap="xs">
        <Title order={3}>
          {subject({ ...monitor, segment: monitor.segment })}
        </Title>
        <Text size="sm">
          <StateMark state={stateOfMonitor(monitor.state)} word={monitor.state} />{" "}
          {last ? (
            <>
              {format(last.value ?? null)}
              {last.low !== null && last.low !== undefined ? ` [${format(last.low)}, ${format(last.high ?? null)}]` : ""}, n = {count(last.n)}, window of <Time at={last.from} />
            </>
          ) : (
            "no window tells anything yet"
          )}
        </Text>
        {monitor.points.length > 0 && <MonitorChart title="Windows, with 95 % intervals; grey is what is usual" measure={monitor.measure} points={monitor.points} markers={markers} />}
        <Text size="xs" c="dimmed">
          <Link to="/models/$model" params={{ model }} search={(s) => ({ ...s, tab: "monitors", monitor: monitor.name })}>
            Why this number
          </Link>
        </Text>
      </Stack>
    </Paper>
  );
}
