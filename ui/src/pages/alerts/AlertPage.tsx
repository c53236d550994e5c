import { Accordion, Grid, Group, Paper, Stack, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Schemas } from "../../api/client";
import { alert } from "../../api/queries";
import type { Marker } from "../../charts/TimeChart";
import { MonitorChart } from "../../charts/MonitorChart";
import { Asked } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { subject } from "../../words/columns";
import { type Happening, happenings } from "../../words/history";
import { duration, plural } from "../../words/numbers";
import { stateOfAlert } from "../../words/state";
import { AlertActions } from "./AlertActions";
import { Evidence } from "./Evidence";
import { SilencedNote } from "./Silenced";
import { STEP_WORDS, VERDICT_WORDS } from "./verdicts";
import { WhoWasTold } from "./WhoWasTold";

type AlertPageView = Schemas["AlertPage"];

/** One alert: what, since when, why we say so, rows, and what to do. */
export function AlertPage() {
  const { id } = useParams({ from: "/alerts/$id" });
  const asked = useQuery(alert(id));
  return (
    <Stack gap={4}>
      {asked.data === undefined && (
        <Text size="sm">
          <Link to="/alerts">Alerts</Link>
        </Text>
      )}
      <Asked query={asked} height={400} heading="Alert">
        {(page) => (
          <Stack data-ready>
            <Head page={page} />
            {page.state !== "resolved" && <SilencedNote id={id} />}
            <AlertActions alert={page} />
            <Grid>
              <Grid.Col span={{ base: 12, lg: 8 }}>
                <Stack>
                  <Symptoms page={page} />
                  <Evidence id={id} />
                </Stack>
              </Grid.Col>
              <Grid.Col span={{ base: 12, lg: 4 }}>
                <Stack>
                  <History page={page} />
                  <WhoWasTold id={id} deliveries={page.deliveries} />
                </Stack>
              </Grid.Col>
            </Grid>
          </Stack>
        )}
      </Asked>
    </Stack>
  );
}

function Head({ page }: { page: AlertPageView }) {
  const end = page.resolved_at ? Date.parse(page.resolved_at) : Date.parse(page.changed_at);
  return (
    <Stack gap={6}>
      <Text size="sm">
        <Link to="/alerts">Alerts</Link>
        {" / "}
        <Link to="/models/$model" params={{ model: page.model }}>
          {page.model}
        </Link>
      </Text>
      <Title order={1}>{page.cause}</Title>
      <Group gap="md">
        <StateMark state={stateOfAlert(page)} word={page.state} />
        <Text size="sm">{page.severity}</Text>
        <Text size="sm">
          began <Time at={page.onset_at} />, {page.deliveries.some((d) => d.state === "delivered") ? "told" : "fired"} <Time at={page.fired_at} />
          {page.resolved_at ? (
            <>
              , over <Time at={page.resolved_at} /> after {duration(end - Date.parse(page.onset_at))}
            </>
          ) : (
            ""
          )}
        </Text>
        {page.reopened > 0 && <Text size="sm">came back {plural(page.reopened, "time")}</Text>}
      </Group>
      {page.changes.length > 0 && (
        <Text size="sm">
          Changed near its beginning:{" "}
          {page.changes.map((change, at) => (
            <span key={`${change.at} ${change.what}`}>
              {at > 0 ? "; " : ""}▼ {change.what} (<Time at={change.at} />)
            </span>
          ))}
        </Text>
      )}
      {page.acknowledged && (
        <Text size="sm">
          {page.acknowledged.by} looks after it since <Time at={page.acknowledged.at} />
          {page.acknowledged.why ? `: ${page.acknowledged.why}` : ""}
        </Text>
      )}
      {page.verdict && (
        <Text size="sm">
          Verdict of {page.verdict.by}: <b>{VERDICT_WORDS[page.verdict.verdict] ?? page.verdict.verdict}</b>. {page.verdict.reason}
        </Text>
      )}
    </Stack>
  );
}

/** Signs with a chart at once; an alert may have dozens. */
const SHOWN = 2;

function Symptoms({ page }: { page: AlertPageView }) {
  const markers = useMemo(() => page.changes.map((change): Marker => ({ time: Date.parse(change.at), label: change.what })), [page.changes]);
  const [first, rest] = [page.symptoms.slice(0, SHOWN), page.symptoms.slice(SHOWN)];
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>What is out of bounds</Title>
        {page.symptoms.length === 0 && <Text size="sm">A rehearsal failed: see Drills.</Text>}
        {first.map((symptom, at) => (
          <SymptomChart key={symptom.monitor} symptom={symptom} markers={markers} isCause={at === 0 && page.symptoms.length > 1} />
        ))}
        {rest.length > 0 && (
          <Accordion variant="separated">
            <Accordion.Item value="rest">
              <Accordion.Control>{plural(rest.length, "other sign")}</Accordion.Control>
              <Accordion.Panel>
                <Stack>
                  {rest.map((symptom) => (
                    <SymptomChart key={symptom.monitor} symptom={symptom} markers={markers} isCause={false} />
                  ))}
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        )}
      </Stack>
    </Paper>
  );
}

function SymptomChart({ symptom, markers, isCause }: { symptom: Schemas["SymptomView"]; markers: readonly Marker[]; isCause: boolean }) {
  return (
    <Stack gap={4}>
      <Text size="sm">
        {isCause ? <b>Likely cause: </b> : null}
        {symptom.sentence}
      </Text>
      {(symptom.points ?? []).length > 0 && <MonitorChart title={subject(symptom)} measure={symptom.measure} metric={symptom.metric} points={symptom.points ?? []} markers={markers} />}
    </Stack>
  );
}

/** Monitors that are named where many join at once. */
const JOINED_SHOWN = 3;

function titleOf({ step, times, joined }: Happening): string {
  if (joined.length > 0) return joined.length === 1 ? "Another monitor joined" : `${joined.length} other monitors joined`;
  return `${STEP_WORDS[step] ?? step}${times > 1 ? `, ${times} times` : ""}`;
}

function History({ page }: { page: AlertPageView }) {
  const steps = happenings(page.history, page.symptoms);
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>What happened</Title>
        <Timeline bulletSize={14} lineWidth={2} active={steps.length}>
          {steps.map((step) => (
            <Timeline.Item key={step.number} title={<Text size="sm" fw={600}>{titleOf(step)}</Text>}>
              <Text size="xs" c="dimmed">
                <Time at={step.at} />
                {step.times > 1 && (
                  <>
                    {" – "}
                    <Time at={step.until} />
                  </>
                )}
              </Text>
              {step.joined.slice(0, JOINED_SHOWN).map((symptom) => (
                <Text size="sm" key={symptom.monitor}>
                  {subject(symptom)}
                </Text>
              ))}
              {step.joined.length > JOINED_SHOWN && <Text size="sm">and {step.joined.length - JOINED_SHOWN} more</Text>}
              <Text size="sm">{said(step.details)}</Text>
            </Timeline.Item>
          ))}
        </Timeline>
      </Stack>
    </Paper>
  );
}

/** What people wrote with a step. */
function said(details: unknown): string {
  if (typeof details !== "object" || details === null) return "";
  const own = details as Record<string, unknown>;
  const text = (name: string) => (typeof own[name] === "string" ? own[name] : "");
  const verdict = text("verdict");
  return [text("by"), verdict ? (VERDICT_WORDS[verdict] ?? verdict) : "", text("why") || text("reason") || text("cause")].filter(Boolean).join(" · ");
}
