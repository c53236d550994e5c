import { Grid, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { type Alert, alerts, type Change, changes, briefStanding, type Monitor } from "../../api/queries";
import { AlertLinks } from "../../kit/AlertLinks";
import { Asked, Failed, Waiting } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { useTime } from "../../time/useTime";
import { plural } from "../../words/numbers";
import { illWords, type Layer, layerStates, STATE_WORDS } from "../../words/state";
import { isOpen, summarise } from "../../words/summary";
import { useVitals } from "../../words/useVitals";
import { failedAlike } from "./failures";
import { Headed } from "./Headed";
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
  const { range } = useTime();
  const told = useQuery(alerts({ model: name }));
  const monitors = useQuery(briefStanding(name));
  const changed = useQuery(changes(name, range));
  const service = useVitals(name);
  const retry = () => {
    void Promise.all([told, monitors, changed].map((q) => q.refetch()));
    service.retry();
  };
  const failed = failedAlike([told, monitors, changed, { error: service.error, data: undefined }]);
  if (failed) {
    return (
      <Stack gap="xs">
        <Title order={2}>How it stands</Title>
        <Failed error={failed} retry={retry} />
      </Stack>
    );
  }
  return (
    <Stack data-ready={(told.isSuccess && monitors.isSuccess) || undefined}>
      <Standing name={name} told={told} monitors={monitors} />
      <Grid>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <ServiceCharts name={name} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Changes asked={changed} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

interface StandingProps {
  name: string;
  told: UseQueryResult<{ items: Alert[] }>;
  monitors: UseQueryResult<Schemas["ModelStanding"] | null>;
}

/** In plain words, then by layers. Without its monitors neither can be told, which is said once. */
function Standing({ name, told, monitors }: StandingProps) {
  const shared = failedAlike([told, monitors]);
  if (shared) {
    return (
      <Stack gap="xs">
        <Title order={2}>Alerts and monitors</Title>
        <Failed error={shared} retry={() => void Promise.all([told, monitors].map((q) => q.refetch()))} />
      </Stack>
    );
  }
  return (
    <>
      {!monitors.isLoadingError && (
        <Headed words="Alerts" query={told} height={90}>
          {(page) => (monitors.data === undefined ? <Waiting height={90} /> : <InPlainWords name={name} alerts={page.items} standing={monitors.data} />)}
        </Headed>
      )}
      <Headed words="Monitors" query={monitors} height={80}>
        {(own) => <Layers name={name} monitors={own?.monitors ?? []} />}
      </Headed>
    </>
  );
}

function Layers({ name, monitors }: { name: string; monitors: readonly Monitor[] }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
      {layerStates(monitors).map(({ layer, state, monitors: n, ...own }) => (
        <Paper key={layer} withBorder p="sm">
          <Link className="rowlink" to="/models/$model" params={{ model: name }} search={(s) => ({ ...s, tab: LAYER_TABS[layer] })}>
            {layer[0]?.toUpperCase()}
            {layer.slice(1)}
          </Link>
          <Text size="xs" c="dimmed">
            {LAYER_WORDS[layer]}
          </Text>
          <StateMark state={state} word={n === 0 ? "not watched" : (illWords(own) ?? STATE_WORDS[state])} />
          {illWords(own) && (
            <Text span size="xs" c="dimmed">
              {` of ${plural(n, "monitor")}`}
            </Text>
          )}
        </Paper>
      ))}
    </SimpleGrid>
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

function Changes({ asked }: { asked: UseQueryResult<Change[]> }) {
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
