import { Group, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { briefStanding } from "../../api/queries";
import { Sparkline } from "../../charts/Sparkline";
import { StateMark } from "../../kit/StateMark";
import { numbersAlike, percentsWith } from "../../words/alike";
import { count, day, milliseconds, when } from "../../words/numbers";
import { illWords, type Layer, layerStates } from "../../words/state";
import { total } from "../../words/vitals";
import { useVitals } from "../../words/useVitals";

const GRAIN_WORDS = { "5m": "five minutes", "1h": "the hour", "1d": "the day" };
const NEWEST_WORDS = { "5m": "newest 5 min", "1h": "newest hour", "1d": "newest day" };
const BULK = "Rows of a long time that were sent at once may be summarised by the day only; candor profiles rebuild makes hours of them.";

/** Few requests fail: whole percents would be alike. */
const failures = percentsWith(2);

/** Cells of one model share one reading. */
function useTotal(model: string) {
  const { windows, grain, pending, error } = useVitals(model);
  return { windows, grain, pending: pending && !error, failed: Boolean(error), total: total(windows, grain) };
}

export function TrafficCell({ model }: { model: string }) {
  const { windows, grain, pending, failed, total: all } = useTotal(model);
  if (pending) return <Skeleton height={26} width={170} />;
  if (failed) return <Unknown />;
  if (windows.length === 0) return <Text span size="sm" c="dimmed" title={BULK}>{`none by ${GRAIN_WORDS[grain]}`}</Text>;
  return (
    <Group gap="xs" wrap="nowrap">
      <Sparkline values={windows.map((w) => w.rows)} label={`Traffic of ${model} over time`} />
      <span className="nowrap">{count(all.perDay)}/d</span>
    </Group>
  );
}

export function ErrorCell({ model }: { model: string }) {
  const { pending, failed, total: all } = useTotal(model);
  if (pending) return <Skeleton height={14} width={40} />;
  return failed ? <Unknown /> : failures(all.errorShare);
}

/** Quantiles of windows do not add up to one of the whole time: the newest is told, and said to be that. */
export function LatencyCell({ model }: { model: string }) {
  const { windows, grain, pending, failed, total: all } = useTotal(model);
  if (pending) return <Skeleton height={14} width={50} />;
  if (failed) return <Unknown />;
  const newest = windows.findLast((w) => w.p95 !== null);
  if (!newest) return milliseconds(all.p95);
  return (
    <span className="nowrap" title={`From ${when(newest.from)}`}>
      {milliseconds(all.p95)}
      <Text size="xs" c="dimmed">
        {NEWEST_WORDS[grain]}
      </Text>
    </span>
  );
}

/** How the monitors of one layer stand: what needs somebody, of how many. */
export function LayerCell({ model, layer }: { model: string; layer: Layer }) {
  const asked = useQuery(briefStanding(model));
  if (asked.isPending) return <Skeleton height={14} width={50} />;
  if (asked.isError) return <Unknown />;
  const own = layerStates(asked.data?.monitors ?? []).find((l) => l.layer === layer);
  if (!own || own.monitors === 0) return <Dim>not watched</Dim>;
  if (own.state === "unknown") return <StateMark state="unknown" word={asked.data?.state === "learning" ? "learning" : "cannot tell"} />;
  const ill = illWords(own);
  if (ill === null) return <StateMark state={own.state} word="ok" />;
  return (
    <span className="nowrap">
      <StateMark state={own.state} word={own.firing > 0 ? `${own.firing} firing` : ill} />
      <Text size="xs" c="dimmed">
        {own.firing > 0 && own.pending > 0 ? `${own.pending} pending, of ${own.monitors}` : `of ${own.monitors}`}
      </Text>
    </span>
  );
}

/** The first measure of performance, in its newest window that tells anything. */
export function PerformanceCell({ model }: { model: string }) {
  const asked = useQuery(briefStanding(model));
  if (asked.isPending) return <Skeleton height={14} width={70} />;
  if (asked.isError) return <Unknown />;
  const monitor = asked.data?.monitors.find((m) => m.measure === "performance" && Object.keys(m.segment).length === 0);
  const point = monitor?.points.findLast((p) => p.value !== null && p.value !== undefined);
  if (!monitor || !point) return <Dim>no outcomes</Dim>;
  const format = numbersAlike([point.value, point.low, point.high]);
  const interval = point.low !== null && point.low !== undefined ? `[${format(point.low)}, ${format(point.high)}]` : "";
  return (
    <span className="nowrap" title={`${monitor.metric ?? "performance"}, n = ${count(point.n)}, window of ${when(point.from)}`}>
      {format(point.value)}
      <Text size="xs" c="dimmed">
        {[monitor.metric?.replaceAll("_", " "), day(point.from)].filter(Boolean).join(" · ")}
      </Text>
      <Text size="xs" c="dimmed">
        {interval}
      </Text>
    </span>
  );
}

/** What was asked for did not come: that is no zero. */
export function Unknown() {
  return <StateMark state="unknown" />;
}

function Dim({ children }: { children: string }) {
  return (
    <Text span size="sm" c="dimmed" className="nowrap">
      {children}
    </Text>
  );
}
