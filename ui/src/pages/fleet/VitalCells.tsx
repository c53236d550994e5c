import { Group, Skeleton, Text } from "@mantine/core";
import { Sparkline } from "../../charts/Sparkline";
import { count, milliseconds, percent } from "../../words/numbers";
import { total } from "../../words/vitals";
import { useVitals } from "../../words/useVitals";

/** Cells of one model share one reading. */
function useTotal(model: string) {
  const { windows, grain, pending } = useVitals(model);
  return { windows, pending, total: total(windows, grain) };
}

export function TrafficCell({ model }: { model: string }) {
  const { windows, pending, total: all } = useTotal(model);
  if (pending) return <Skeleton height={26} width={170} />;
  if (windows.length === 0) return <Text span size="sm" c="dimmed">none in this time</Text>;
  return (
    <Group gap="xs" wrap="nowrap">
      <Sparkline values={windows.map((w) => w.rows)} label={`Traffic of ${model} over time`} />
      <span className="nowrap">{count(all.perDay)}/d</span>
    </Group>
  );
}

export function ErrorCell({ model }: { model: string }) {
  const { pending, total: all } = useTotal(model);
  return pending ? <Skeleton height={14} width={40} /> : percent(all.errorShare);
}

export function LatencyCell({ model }: { model: string }) {
  const { pending, total: all } = useTotal(model);
  return pending ? <Skeleton height={14} width={50} /> : milliseconds(all.p95);
}
