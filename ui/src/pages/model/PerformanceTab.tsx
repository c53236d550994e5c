import { Grid, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Monitor, standing } from "../../api/queries";
import { formatOf, inOrder, limitsOf, MonitorChart, windowsTitle } from "../../charts/MonitorChart";
import { Empty } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import type { Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { subject } from "../../words/columns";
import { count } from "../../words/numbers";
import { stateOfMonitor } from "../../words/state";
import { Calibration } from "./Calibration";
import { Headed } from "./Headed";
import { useMarkers } from "./useMarkers";

/** Label coverage before any metric: else the metric lies. */
const ORDER = ["labels", "label_delay", "performance", "fairness", "complaints", "effect"];
const LATE_PART = 5;

/** Whether a monitor waits for outcomes: selection rates and what people say need none. */
const needsOutcomes = ({ measure, metric }: Monitor) => measure !== "complaints" && !(measure === "fairness" && metric === "selection_rate");

/** Why the end of the time above is not judged, where a good part of it is not. */
function Late({ monitor, last, range }: { monitor: Monitor; last: Monitor["points"][number]; range: Range }) {
  const until = Date.parse(last.to);
  if (!needsOutcomes(monitor) || until >= range.to - (range.to - range.from) / LATE_PART) return null;
  return (
    <Text size="sm">
      Judged up to <Time at={last.to} />
      {until <= range.from ? ", before the time above" : ""}: outcomes come later.
    </Text>
  );
}

/** What came true: how many outcomes are known, then how good the model is, with intervals. */
export default function PerformanceTab({ name }: { name: string }) {
  const asked = useQuery(standing(name));
  const markers = useMarkers(name);
  const own = (asked.data?.monitors ?? [])
    .filter((m) => ORDER.includes(m.measure))
    .sort((a, b) => ORDER.indexOf(a.measure) - ORDER.indexOf(b.measure) || a.name.localeCompare(b.name));
  return (
    <Headed words="What came true" query={asked} height={300}>
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
    </Headed>
  );
}

function Told({ monitor, markers, model }: { monitor: Monitor; markers: ReturnType<typeof useMarkers>; model: string }) {
  const { range } = useTime();
  const last = inOrder(monitor.points).findLast((p) => p.value !== null && p.value !== undefined);
  const format = formatOf(monitor.measure);
  const [least, most] = limitsOf(monitor.measure, monitor.metric);
  return (
    <Paper withBorder p="md" h="100%">
      <Stack gap="xs">
        <Title order={3}>
          {subject({ ...monitor, segment: monitor.segment })}
        </Title>
        <Text size="sm">
          <StateMark state={stateOfMonitor(monitor.state)} word={monitor.state} />
          {" · "}
          {last ? (
            <>
              {format(last.value ?? null)}
              {typeof last.low === "number" && typeof last.high === "number" ? ` [${format(Math.max(least, last.low))}, ${format(Math.min(most, last.high))}]` : ""}, n = {count(last.n)}, window of <Time at={last.from} />
            </>
          ) : (
            "no window tells anything yet"
          )}
        </Text>
        {last && <Late monitor={monitor} last={last} range={range} />}
        {monitor.points.length > 0 && <MonitorChart title={windowsTitle(monitor.points)} measure={monitor.measure} metric={monitor.metric} points={monitor.points} markers={markers} />}
        <Text size="xs" c="dimmed">
          <Link to="/models/$model" params={{ model }} search={(s) => ({ ...s, tab: "monitors", monitor: monitor.name })}>
            Why this number
          </Link>
          {monitor.measure === "fairness" && (
            <>
              {" · "}
              <Link to="/models/$model" params={{ model }} search={(s) => ({ ...s, tab: "fairness" })}>
                All criteria of fairness
              </Link>
            </>
          )}
        </Text>
      </Stack>
    </Paper>
  );
}
