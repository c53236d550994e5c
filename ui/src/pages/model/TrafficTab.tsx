import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Profile, profiles, schemas } from "../../api/queries";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { Failed, Waiting } from "../../kit/Asked";
import { grainOf } from "../../time/range";
import { useTime } from "../../time/useTime";
import { milliseconds } from "../../words/numbers";
import { useVitals } from "../../words/useVitals";
import { failedAlike } from "./failures";
import { Headed } from "./Headed";
import { ServiceCharts } from "./ServiceCharts";
import { useMarkers } from "./useMarkers";

const STAGE = /^stage_(.+)_ms$/;

/** Traffic, failures, latency, and the stages that it is made of. */
export default function TrafficTab({ name }: { name: string }) {
  const known = useQuery(schemas(name));
  const columns = known.data?.find((s) => s.table === "predictions")?.columns as unknown as { name: string }[] | undefined;
  const service = useVitals(name);
  // The charts say it already.
  const isShared = failedAlike([known, { error: service.error, data: undefined }]) !== null;
  const stages = useMemo(() => (columns ?? []).flatMap((c) => STAGE.exec(c.name)?.[1] ?? []), [columns]);
  return (
    <Stack data-ready={known.isSuccess || undefined}>
      <ServiceCharts name={name} />
      {known.isLoadingError && !isShared && (
        <Headed words="Stages" query={known}>
          {() => null}
        </Headed>
      )}
      {stages.length > 0 && <Stages name={name} stages={stages} />}
    </Stack>
  );
}

function Stages({ name, stages }: { name: string; stages: readonly string[] }) {
  const { range } = useTime();
  const grain = grainOf(range);
  const told = useQueries({
    queries: stages.map((stage) => profiles(name, { range, grain, column: `stage_${stage}_ms` })),
    combine: (all) => ({ data: all.map((q) => q.data), pending: all.some((q) => q.isPending), failed: all.filter((q) => q.isLoadingError) }),
  });
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>Stages</Title>
        <Text size="sm" c="dimmed">
          How long 95 in 100 requests spent in each step at most.
        </Text>
        {told.pending && <Waiting height={200} />}
        {told.failed[0] && <Failed error={told.failed[0].error} retry={() => void Promise.all(told.failed.map((q) => q.refetch()))} />}
        {!told.pending && told.failed.length < stages.length && <StageChart name={name} stages={stages} profiles={told.data} />}
      </Stack>
    </Paper>
  );
}

function StageChart({ name, stages, profiles: told }: { name: string; stages: readonly string[]; profiles: readonly (Profile[] | undefined)[] }) {
  const palette = usePalette();
  const { range } = useTime();
  const markers = useMarkers(name);
  const { times, lines } = useMemo(() => {
    const all = [...new Set(told.flatMap((list) => (list ?? []).map((p) => Date.parse(p.from))))].sort((a, b) => a - b);
    const own = stages.map((stage, at) => {
      const byTime = new Map((told[at] ?? []).map((p) => [Date.parse(p.from), (p.quantiles as Record<string, number>)["0.95"] ?? null]));
      // There are more stages than colours that can be told apart: the rest is dashed.
      return {
        label: stage.replaceAll("_", " "),
        values: all.map((t) => byTime.get(t) ?? null),
        color: palette.series[at % palette.series.length],
        dashed: at >= palette.series.length,
      };
    });
    return { times: all, lines: own };
  }, [told, stages, palette]);
  return <TimeChart title="Stages, 95 in 100" times={times} lines={lines} markers={markers} extent={range} format={milliseconds} height={200} />;
}
