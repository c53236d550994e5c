import { Button, Group, SegmentedControl, Select, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { alerts, type Alert, models, openAlerts } from "../../api/queries";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { DAY, iso } from "../../time/range";
import { useTime } from "../../time/useTime";
import { plural } from "../../words/numbers";
import { rank, stateOfAlert } from "../../words/state";
import { SilencedMark } from "./Silenced";
import { Silences } from "./Silences";
import { VERDICT_WORDS } from "./verdicts";

const COLUMNS: Column<Alert>[] = [
  {
    id: "state",
    head: "State",
    by: (a) => rank(stateOfAlert(a)),
    cell: (a) => (
      <>
        <StateMark state={stateOfAlert(a)} word={a.state} />
        {a.state !== "resolved" && <SilencedMark id={a.id} />}
      </>
    ),
  },
  {
    id: "cause",
    head: "What",
    cell: (a) => (
      <>
        <Link className="rowlink" to="/alerts/$id" params={{ id: a.id }}>
          {a.cause}
        </Link>
        <Text size="xs" c="dimmed" hiddenFrom="md">
          {a.model}, <Time at={a.onset_at} />
        </Text>
      </>
    ),
  },
  {
    id: "model",
    head: "Model",
    wide: true,
    by: (a) => a.model,
    cell: (a) => (
      <Link to="/models/$model" params={{ model: a.model }}>
        {a.model}
      </Link>
    ),
  },
  { id: "severity", head: "Severity", wide: true, by: (a) => SEVERITIES.indexOf(a.severity), cell: (a) => a.severity },
  { id: "onset", head: "Began", number: true, wide: true, by: (a) => Date.parse(a.onset_at), cell: (a) => <Time at={a.onset_at} /> },
  {
    id: "end",
    head: "Over",
    number: true,
    wide: true,
    by: (a) => (a.resolved_at ? Date.parse(a.resolved_at) : Infinity),
    cell: (a) => (a.resolved_at ? <Time at={a.resolved_at} /> : "–"),
  },
  {
    id: "verdict",
    head: "Verdict",
    wide: true,
    by: (a) => a.verdict?.verdict ?? "",
    cell: (a) => (a.verdict ? VERDICT_WORDS[a.verdict.verdict] ?? a.verdict.verdict : a.acknowledged ? `${a.acknowledged.by} looks after it` : "–"),
  },
];

const SEVERITIES = ["critical", "warning", "info"];

/** Alerts, and silences. */
export function AlertsPage() {
  const search = useSearch({ from: "/alerts" });
  const navigate = useNavigate();
  const show = search.show ?? "all";
  const tab = show === "silences" ? "silences" : "alerts";
  return (
    <Tabs value={tab} onChange={(value) => void navigate({ to: "/alerts", search: (s) => ({ ...s, show: value === "silences" ? "silences" : undefined }) })}>
      <Stack>
        <AlertSentence />
        <Tabs.List>
          <Tabs.Tab value="alerts">Alerts</Tabs.Tab>
          <Tabs.Tab value="silences">Silences</Tabs.Tab>
        </Tabs.List>
        {tab === "alerts" ? <AlertList show={show} model={search.model} severity={search.severity} /> : <Silences />}
      </Stack>
    </Tabs>
  );
}

function AlertSentence() {
  const known = useQuery(models);
  const open = useQuery(openAlerts);
  const unattended = (open.data ?? []).filter((a) => stateOfAlert(a) === "act").length;
  const words = !open.isSuccess
    ? "Alerts"
    : unattended > 0
      ? `${plural(unattended, "alert")} ${unattended === 1 ? "waits" : "wait"} for someone.`
      : "No alert waits for someone.";
  return (
    <Stack gap={4}>
      <Title order={1}>{words}</Title>
      {known.data?.length === 0 && (
        <Text size="sm">
          Nothing is watched yet: no model has sent a prediction. The <Link to="/">Fleet page</Link> shows how to send the first one.
        </Text>
      )}
    </Stack>
  );
}

function AlertList({ show, model, severity }: { show: string; model?: string; severity?: string }) {
  const { range } = useTime();
  const navigate = useNavigate();
  const known = useQuery(models);
  const open = useQuery(openAlerts);
  const choice = { model, severity, from: iso(range.from), to: iso(range.to) };
  const past = useQuery({ ...alerts(choice), enabled: show !== "open" });
  const listed = (open.data ?? []).filter((a) => (!model || a.model === model) && (!severity || a.severity === severity));
  const put = (change: Record<string, string | undefined>) => void navigate({ to: "/alerts", search: (s) => ({ ...s, ...change }) });
  return (
    <Stack>
      <Group gap="sm">
        <SegmentedControl
          aria-label="Which alerts"
          value={show === "open" ? "open" : "all"}
          onChange={(value) => put({ show: value === "open" ? "open" : undefined })}
          data={[
            { value: "all", label: "In this time" },
            { value: "open", label: "Open now" },
          ]}
        />
        <Select aria-label="Model" placeholder="All models" clearable data={(known.data ?? []).map((m) => m.name)} value={model ?? null} onChange={(value) => put({ model: value ?? undefined })} />
        <Select aria-label="Severity" placeholder="All severities" clearable data={SEVERITIES} value={severity ?? null} onChange={(value) => put({ severity: value ?? undefined })} />
      </Group>
      {show === "open" ? (
        <Asked query={open}>{() => <Listed rows={listed} longer={false} />}</Asked>
      ) : (
        <Asked query={past}>
          {(page) => (
            <>
              <Listed rows={page.items} longer={range.to - range.from < LONG} />
              {page.next_cursor && <Text size="sm" c="dimmed">Only the newest {page.items.length} are shown: choose a shorter time.</Text>}
            </>
          )}
        </Asked>
      )}
    </Stack>
  );
}

const LONG = 30 * DAY;

/** Alerts, or that there are none; a longer time is offered where that may change it. */
function Listed({ rows, longer }: { rows: Alert[]; longer: boolean }) {
  const { go } = useTime();
  if (rows.length === 0) {
    return (
      <div data-ready>
        <Empty title="No alerts here">
          <Group gap="sm">
            An alert comes when something is out of bounds for long enough to matter.
            {longer && (
              <Button size="xs" variant="default" onClick={() => go({ last: "30d" })}>
                Look at 30 days
              </Button>
            )}
          </Group>
        </Empty>
      </div>
    );
  }
  return (
    <div data-ready>
      <DataTable label="Alerts" rows={rows} columns={COLUMNS} rowKey={(a) => a.id} height={rows.length > 100 ? 640 : undefined} />
    </div>
  );
}
