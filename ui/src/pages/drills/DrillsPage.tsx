import { Stack, Tabs, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { BacktestTab } from "./BacktestTab";
import { DrillsTab } from "./DrillsTab";

/** Whether monitors can be believed: rehearsals with a known fault, and thresholds tried on history. */
export function DrillsPage() {
  const { show, model } = useSearch({ from: "/drills" });
  const navigate = useNavigate({ from: "/drills" });
  // A link that names a model means its backtest.
  const tab = show ?? (model ? "backtest" : "drills");
  return (
    <Stack>
      <Title order={1}>Can the monitors be believed?</Title>
      <Tabs value={tab === "backtest" ? "backtest" : "drills"} onChange={(value) => void navigate({ to: "/drills", search: (s) => ({ ...s, show: value ?? undefined }) })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="drills">Drills</Tabs.Tab>
          <Tabs.Tab value="backtest">Backtests</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="drills" pt="md">
          <Text size="sm" c="dimmed" mb="sm">
            A drill plants a known fault in made-up traffic and looks whether people would have been told.
          </Text>
          <DrillsTab />
        </Tabs.Panel>
        <Tabs.Panel value="backtest" pt="md">
          <Text size="sm" c="dimmed" mb="sm">
            A backtest runs the monitors over what really happened. Slide a threshold, and see what it would have told. Nobody is told of it.
          </Text>
          <BacktestTab />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
