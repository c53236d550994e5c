import { Button, Group, Paper, Progress, Slider, Stack, Text, Title } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Monitor } from "../../api/queries";
import { ApplyFile } from "../../kit/ApplyFile";
import { Failed } from "../../kit/Asked";
import { useTime } from "../../time/useTime";
import { duration } from "../../words/numbers";
import { Comparison } from "./Comparison";
import { alertsOf, firings } from "./told";
import { deviation, thresholds, trialOf, type Trial, yaml } from "./trial";
import { backtest, useBacktest } from "./useBacktest";

interface Props {
  model: string;
  monitor: Monitor;
  declared: Trial | null;
}

/** Slides the deviation from which on a monitor tells, and runs the engine over history with it. */
export function Slide({ model, monitor, declared }: Props) {
  const { matters } = useSearch({ from: "/drills" });
  const navigate = useNavigate({ from: "/drills" });
  const { search } = useTime();
  const steps = useMemo(() => thresholds(monitor.measure, monitor.material), [monitor.measure, monitor.material]);
  const own = steps.indexOf(monitor.material);
  const asked = steps.findIndex((s) => s === Number(matters));
  const at = matters === undefined || asked < 0 ? own : asked;
  const [held, setHeld] = useState<number | null>(null);
  const [all, setAll] = useState(false);
  const material = steps[at] ?? monitor.material;
  const trials = useMemo(() => steps.map((step) => (step === monitor.material ? null : trialOf(model, monitor, declared, step))), [steps, model, monitor, declared]);
  // A run takes long where history does: it is made when somebody asks, which the address remembers.
  const wanted = matters !== undefined;
  const before = useBacktest(model, search.to, null, wanted);
  const after = useBacktest(model, search.to, trials[at] ?? null, before.isSuccess);
  const others = useQueries({ queries: trials.map((trial) => ({ ...backtest(model, search.to, trial), enabled: all && before.isSuccess })) });
  const put = (index: number) => {
    setHeld(null);
    const step = steps[index];
    void navigate({
      to: "/drills",
      search: (s) => ({ ...s, show: "backtest", model, monitor: monitor.name, matters: step === undefined ? undefined : String(step) }),
      replace: true,
      resetScroll: false,
    });
  };
  const words = (index: number) => deviation(monitor.measure, steps[index] ?? monitor.material);
  const done = others.filter((o) => o.data).length;
  return (
    <Stack>
      <Paper withBorder p="md">
        <Stack gap="sm">
          <Group justify="space-between">
            <Text fw={600}>{`A deviation matters from ${words(held ?? at)}`}</Text>
            <Text size="sm" c="dimmed">
              now it is {deviation(monitor.measure, monitor.material)}
            </Text>
          </Group>
          <Slider
            thumbLabel="Deviation that matters"
            min={0}
            max={steps.length - 1}
            step={1}
            label={(index) => words(index)}
            value={held ?? at}
            onChange={setHeld}
            onChangeEnd={put}
            marks={[
              { value: 0, label: "tells more" },
              { value: own, label: "as it is" },
              { value: steps.length - 1, label: "tells less" },
            ]}
            // Above the thumb stands its label, beneath it the marks.
            mt="xl"
            mb="lg"
            mx="xl"
          />
          <Group>
            {!wanted && (
              <Button size="xs" onClick={() => put(own)}>
                Run it as it is
              </Button>
            )}
            {wanted && (
              <Button size="xs" variant="default" onClick={() => setAll(true)} disabled={!before.isSuccess} loading={all && done < steps.length}>
                Try all {steps.length}
              </Button>
            )}
            <Text size="sm" c="dimmed" data-ready={!wanted || undefined}>
              {wanted ? "" : "Or slide to another threshold. All history since the reference is read, which may take a while."}
              {before.data ? `One run took ${duration(before.data.elapsed_ms)}: ${before.data.windows} windows of ${before.data.monitors} monitors.` : ""}
            </Text>
          </Group>
          {all && <Sweep monitor={monitor} steps={steps} at={at} results={others.map((o) => o.data)} put={put} />}
        </Stack>
      </Paper>
      {before.isError && <Failed error={before.error} retry={() => void before.refetch()} />}
      {after.isError && <Failed error={after.error} retry={() => void after.refetch()} />}
      {(before.isFetching || after.isFetching) && (
        <Stack gap={4} role="status" data-loading>
          <Text size="sm">The monitors run over history…</Text>
          <Progress value={100} animated striped aria-label="Running" />
        </Stack>
      )}
      {before.data && after.data && <Comparison model={model} monitor={monitor} before={before.data} after={after.data} same={at === own} />}
      {before.data && after.data && trials[at] && <Adopt trial={trials[at]} material={deviation(monitor.measure, material)} />}
    </Stack>
  );
}

interface SweepProps {
  monitor: Monitor;
  steps: readonly number[];
  at: number;
  results: readonly (Parameters<typeof firings>[0] | undefined)[];
  put: (index: number) => void;
}

/** Every threshold in a line. */
function Sweep({ monitor, steps, at, results, put }: SweepProps) {
  return (
    <Group gap="xs">
      {steps.map((step, index) => {
        const told = results[index];
        const times = told ? firings(told, monitor).length : null;
        return (
          <Button key={step} size="compact-sm" variant={index === at ? "filled" : "default"} onClick={() => put(index)}>
            {`${deviation(monitor.measure, step)}: ${times === null ? "…" : `told ${times}×`}${told ? `, ${alertsOf(told)} alerts in all` : ""}`}
          </Button>
        );
      })}
    </Group>
  );
}

function Adopt({ trial, material }: { trial: Trial; material: string }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>Put it in force</Title>
        <Text size="sm">Nothing is changed yet. This file makes {material} the deviation that matters; it takes the place of the monitor above.</Text>
        <ApplyFile file={yaml(trial)} name="monitor.yaml" />
      </Stack>
    </Paper>
  );
}
