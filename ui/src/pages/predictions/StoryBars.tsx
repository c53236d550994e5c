import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { usePalette } from "../../charts/usePalette";
import { numbersAlike } from "../../words/alike";
import { milliseconds, signed } from "../../words/numbers";
import { attributions, stages, type Told } from "./story";

const SHOWN = 12;

/** Of one width in all rows, so that bars begin at one line; long names wrap. */
const LABEL = { w: { base: 110, sm: 160 }, style: { flexShrink: 0, overflowWrap: "anywhere" } } as const;
const FIGURE = { w: 72, ta: "right", className: "nowrap", style: { flexShrink: 0 } } as const;

/** Which features pushed the answer up or down, the strongest first. */
export function AttributionBars({ record }: { record: Told }) {
  const palette = usePalette();
  const all = attributions(record);
  if (all.length === 0) return null;
  const format = numbersAlike(all.slice(0, SHOWN).map((a) => a.value));
  const most = Math.max(...all.map((a) => Math.abs(a.value)), 1e-12);
  return (
    <Paper withBorder p="md">
      <Stack gap={6}>
        <Title order={2}>Why</Title>
        {all.slice(0, SHOWN).map(({ name, value }) => (
          <Group key={name} gap="sm" wrap="nowrap">
            <Text size="sm" {...LABEL}>
              {name.replaceAll("_", " ")}
            </Text>
            <svg width="100%" height={14} viewBox="-100 0 200 14" preserveAspectRatio="none" aria-hidden="true">
              <line x1={0} x2={0} y1={0} y2={14} stroke={palette.reference} vectorEffect="non-scaling-stroke" />
              <rect x={value < 0 ? (value / most) * 100 : 0} width={(Math.abs(value) / most) * 100} y={2} height={10} fill={value < 0 ? palette.series[1] : palette.current} />
            </svg>
            <Text size="sm" {...FIGURE}>
              {signed(value, format)}
            </Text>
          </Group>
        ))}
        {all.length > SHOWN && (
          <Text size="xs" c="dimmed">
            {all.length - SHOWN} smaller ones are not shown.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

/** Where the time went. */
export function StageBars({ record }: { record: Told }) {
  const all = stages(record);
  if (all.length === 0) return null;
  const total = all.reduce((sum, s) => sum + s.ms, 0) || 1;
  return (
    <Paper withBorder p="md">
      <Stack gap={6}>
        <Title order={2}>Stages</Title>
        {all.map(({ name, ms, status }) => (
          <Group key={name} gap="sm" wrap="nowrap">
            <Text size="sm" {...LABEL}>
              {name.replaceAll("_", " ")}
              {status && status !== "ok" ? ` ▲ ${status}` : ""}
            </Text>
            <div className="bar" style={{ flex: 1 }} aria-hidden="true">
              <span style={{ width: `${(ms / total) * 100}%` }} />
            </div>
            <Text size="sm" {...FIGURE}>
              {milliseconds(ms)}
            </Text>
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}
