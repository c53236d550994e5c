import { Grid, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { alerts, changes, standing } from "../../api/queries";
import { AlertLinks } from "../../kit/AlertLinks";
import { Asked } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { useTime } from "../../time/useTime";
import { plural } from "../../words/numbers";
import { type Layer, layerStates, STATE_WORDS } from "../../words/state";
import { isOpen, summarise } from "../../words/summary";
import { ServiceCharts } from "./ServiceCharts";

/** Where each layer's page is. */
const LAYER_TABS: Record<Layer, string> = { service: "traffic", data: "quality", model: "performance", business: "monitors" };

const LAYER_WORDS: Record<Layer, string> = {
  service: "Does it answer, and how fast?",
  data: "Is what goes in as usual?",
  model: "Is what comes out right?",
  business: "What do people say?",
};

/** Does this model need someone? Why, since when, and what changed. */
export default function OverviewTab({ name }: { name: string }) {
  const told = useQuery(alerts({ model: name }));
  const monitors = useQuery(standing(name));
  return (
    <Stack data-ready={(told.isSuccess && monitors.isSuccess) || undefined}>
      <Asked query={told} height={90}>
        {(page) => <Asked query={monitors}>{(own) => <InPlainWords name={name} alerts={page.items} standing={own} />}</Asked>}
      </Asked>
      <Asked query={monitors} height={80}>
        {(own) => (
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
            {layerStates(own?.monitors ?? []).map(({ layer, state, monitors: n, ill }) => (
              <Paper key={layer} withBorder p="sm">
                <Link className="rowlink" to="/models/$model" params={{ model: name }} search={(s) => ({ ...s, tab: LAYER_TABS[layer] })}>
                  {layer[0]?.toUpperCase()}
                  {layer.slice(1)}
                </Link>
                <Text size="xs" c="dimmed">
                  {LAYER_WORDS[layer]}
                </Text>
                <StateMark state={state} word={n === 0 ? "not watched" : ill > 0 ? `${ill} of ${plural(n, "monitor")}` : STATE_WORDS[state]} />
              </Paper>
            ))}
          </SimpleGrid>
        )}
      </Asked>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <ServiceCharts name={name} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Changes name={name} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function InPlainWords({ name, alerts: list, standing: own }: { name: string } & { alerts: Parameters<typeof summarise>[1]; standing: Parameters<typeof summarise>[2] }) {
  const { state, sentences } = summarise(name, list, own);
  const open = list.filter(isOpen);
  return (
    <Paper withBorder p="md" className="summary" data-state={state} component="section" aria-label="In plain words">
      <Stack gap={6}>
        <StateMark state={state} />
        <Text>{sentences.join(" ")}</Text>
        {open.length > 0 && <AlertLinks words="Why we say so:" alerts={open} />}
      </Stack>
    </Paper>
  );
}

function Changes({ name }: { name: string }) {
  const { range } = useTime();
  const asked = useQuery(changes(name, range));
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>What changed in this time</Title>
        <Asked query={asked} height={60}>
          {(list) =>
            list.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nothing that was told. Send events of kind “change” to see deployments on every chart.
              </Text>
            ) : (
              [...list].reverse().map((change) => (
                <div key={`${change.time} ${change.what} ${change.to}`}>
                  <Text size="sm">
                    ▼ {[change.what, change.target, change.to].filter(Boolean).join(" ")}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <Time at={change.time} />
                    {change.by ? ` · ${change.by}` : ""}
                    {change.why ? ` · ${change.why}` : ""}
                  </Text>
                </div>
              ))
            )
          }
        </Asked>
      </Stack>
    </Paper>
  );
}
