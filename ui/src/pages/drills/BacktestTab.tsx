import { Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { answer, api } from "../../api/client";
import { models, type Monitor, standing } from "../../api/queries";
import { Asked, Empty } from "../../kit/Asked";
import { subject } from "../../words/columns";
import { rank, stateOfMonitor } from "../../words/state";
import { Slide } from "./Slide";
import { fixed, type Trial } from "./trial";

export const monitorWords = (monitor: Monitor) => subject({ ...monitor, segment: monitor.segment });

/** A model and one of its monitors, whose threshold is slid over history. */
export function BacktestTab() {
  const { model } = useSearch({ from: "/drills" });
  const navigate = useNavigate({ from: "/drills" });
  const known = useQuery(models);
  return (
    <Asked query={known} height={280}>
      {(list) => {
        const chosen = model ?? list[0]?.name;
        if (!chosen) {
          return (
            <div data-ready>
              <Empty title="There is no model yet">
                A backtest needs the history of one. The <Link to="/">Fleet page</Link> shows how to send the first prediction.
              </Empty>
            </div>
          );
        }
        return (
          <Stack>
            <Group align="flex-end">
              <Select
                label="Model"
                searchable
                allowDeselect={false}
                data={list.map((m) => m.name)}
                value={chosen}
                onChange={(value) => void navigate({ to: "/drills", search: (s) => ({ ...s, show: "backtest", model: value ?? undefined, monitor: undefined, matters: undefined }) })}
              />
            </Group>
            <OfModel model={chosen} />
          </Stack>
        );
      }}
    </Asked>
  );
}

/** A declared monitor; those of the default pack have names that no object can have. */
const declaration = (name: string) => ({
  queryKey: ["specs", "Monitor", name],
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Trial | null> => {
    if (name.includes("/")) return null;
    const told = await answer(api.GET("/v1/specs/{kind}/{name}", { params: { path: { kind: "Monitor", name } }, signal }));
    return told.object as unknown as Trial;
  },
});

function OfModel({ model }: { model: string }) {
  const asked = useQuery(standing(model));
  const { monitor: wished } = useSearch({ from: "/drills" });
  const navigate = useNavigate({ from: "/drills" });
  return (
    <Asked query={asked} height={240}>
      {(own) => {
        const monitors = [...(own?.monitors ?? [])].filter((m) => m.material > 0);
        monitors.sort((a, b) => rank(stateOfMonitor(a.state)) - rank(stateOfMonitor(b.state)) || monitorWords(a).localeCompare(monitorWords(b)));
        const chosen = monitors.find((m) => m.name === wished) ?? monitors[0];
        if (!chosen) {
          return (
            <div data-ready>
              <Empty title={`What is usual for ${model} is still learnt`}>A backtest holds history against the reference: a model’s first full week, or the one that its Model declares.</Empty>
            </div>
          );
        }
        return (
          <Stack>
            <Select
              label="Monitor"
              description={`${monitors.length} decide by a deviation that matters`}
              searchable
              allowDeselect={false}
              maw={620}
              data={monitors.map((m) => ({ value: m.name, label: monitorWords(m) }))}
              value={chosen.name}
              title={monitorWords(chosen)}
              onChange={(value) => void navigate({ to: "/drills", search: (s) => ({ ...s, show: "backtest", model, monitor: value ?? undefined, matters: undefined }) })}
            />
            {/* Where there is little room the field above cuts the name. */}
            <Text fw={600} hiddenFrom="sm">
              {monitorWords(chosen)}
            </Text>
            <OfMonitor key={chosen.name} model={model} monitor={chosen} />
          </Stack>
        );
      }}
    </Asked>
  );
}

function OfMonitor({ model, monitor }: { model: string; monitor: Monitor }) {
  const declared = useQuery(declaration(monitor.name));
  return (
    <Asked query={declared} height={200}>
      {(object) => {
        const why = fixed(monitor, object);
        if (why) {
          return (
            <Text size="sm" data-ready>
              {why}
            </Text>
          );
        }
        return <Slide model={model} monitor={monitor} declared={object} />;
      }}
    </Asked>
  );
}
