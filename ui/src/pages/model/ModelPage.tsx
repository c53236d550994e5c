import { Group, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Suspense } from "react";
import { alerts, type Model, model, briefStanding } from "../../api/queries";
import { Asked, Waiting } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { plural } from "../../words/numbers";
import { summarise } from "../../words/summary";
import { TABS, tabOf } from "./tabs";

/** Tabs are wider than a narrow screen: the one that is open is moved into sight, sideways only. */
function inSight(tab: HTMLElement | null): void {
  const list = tab?.closest(".scroll");
  if (tab && list && tab.offsetLeft + tab.offsetWidth > list.clientWidth) list.scrollLeft = tab.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
}

/** One model: its name, how it stands, and a tab for each side of it. */
export function ModelPage() {
  const { model: name } = useParams({ from: "/models/$model" });
  const known = useQuery(model(name));
  return (
    <Stack>
      <Head name={name} view={known.data} />
      <Asked query={known} height={300}>
        {() => <Sides name={name} />}
      </Asked>
    </Stack>
  );
}

/** The name stands whatever is known of the model: it says of which one nothing is. */
function Head({ name, view }: { name: string; view: Model | undefined }) {
  if (!view) return <Title order={1}>{name}</Title>;
  return (
    <Group justify="space-between" align="flex-start">
      <Stack gap={2}>
        <Group gap="md">
          <Title order={1}>{name}</Title>
          <ModelState name={name} />
        </Group>
        <Text size="sm" c="dimmed">
          {[view.task ?? "task unknown", view.owner ? `owner ${view.owner}` : "nobody owns it", view.state === "draft" ? "inferred, not declared" : "declared"].join(" · ")}
          {" · "}
          {plural(view.volumes.find((v) => v.table === "predictions")?.rows ?? 0, "prediction")} kept
        </Text>
      </Stack>
      <Group gap="md" fz="sm">
        <Link to="/predictions" search={{ model: name }}>
          Predictions
        </Link>
        <Link to="/alerts" search={{ model: name }}>
          Alerts
        </Link>
        <Link to="/drills" search={{ model: name }}>
          Backtest
        </Link>
      </Group>
    </Group>
  );
}

function Sides({ name }: { name: string }) {
  const { tab } = useSearch({ from: "/models/$model" });
  const navigate = useNavigate({ from: "/models/$model" });
  const current = tabOf(tab);
  return (
    <Tabs
      value={current.id}
      onChange={(id) => void navigate({ to: "/models/$model", params: { model: name }, search: (s) => ({ ...s, tab: id === "overview" ? undefined : (id ?? undefined) }) })}
      keepMounted={false}
    >
      <div className="scroll">
        <Tabs.List style={{ flexWrap: "nowrap" }} miw="max-content">
          {TABS.map(({ id, label }) => (
            <Tabs.Tab key={id} value={id} px={10} ref={id === current.id ? inSight : undefined}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </div>
      {TABS.map(({ id, page: Page }) => (
        <Tabs.Panel key={id} value={id} pt="md">
          <Suspense fallback={<Waiting height={240} />}>
            <Page name={name} />
          </Suspense>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** How it stands; who cannot be asked is not fine. */
function ModelState({ name }: { name: string }) {
  const open = useQuery(alerts({ model: name }));
  const monitors = useQuery(briefStanding(name));
  if (open.data && monitors.data !== undefined) return <StateMark state={summarise(name, open.data.items, monitors.data).state} />;
  return open.isError || monitors.isError ? <StateMark state="unknown" /> : null;
}
