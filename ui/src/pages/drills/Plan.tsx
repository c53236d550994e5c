import { Button, Group, Loader, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answer, api } from "../../api/client";
import { drillPlan, drills, type Planned } from "../../api/queries";
import { Time } from "../../kit/Time";
import { useDeed } from "../../kit/useDeed";
import { duration } from "../../words/numbers";

/** The drills that have a schedule, by name; when a rehearsal is over, its result is read. */
export function usePlan(): ReadonlyMap<string, Planned> {
  const client = useQueryClient();
  const asked = useQuery(drillPlan);
  const items = asked.data?.items ?? [];
  const busy = items.filter((d) => d.state === "running").map((d) => d.name).join();
  useEffect(() => () => void client.invalidateQueries({ queryKey: drills.queryKey }), [client, busy]);
  return new Map(items.map((d) => [d.name, d]));
}

/** When a drill is rehearsed next, and a button for those who do not want to wait. */
export function Next({ planned }: { planned: Planned }) {
  const { name, state } = planned;
  const rehearse = useDeed({
    deed: () => answer(api.POST("/v1/drills/{name}/rehearse", { params: { path: { name } } })),
    words: `${name} is rehearsed as soon as no other drill runs.`,
    stale: [drillPlan.queryKey],
  });
  return (
    <Group gap="sm" className="no-print">
      {state === "waiting" ? (
        <Button size="xs" variant="default" loading={rehearse.isPending} onClick={() => rehearse.mutate(undefined)}>
          Rehearse now
        </Button>
      ) : (
        <Loader size="xs" aria-hidden="true" />
      )}
      <Text size="sm" c="dimmed" role="status">
        <Standing planned={planned} />
      </Text>
    </Group>
  );
}

function Standing({ planned }: { planned: Planned }) {
  if (planned.state === "asked") return <>Asked for; it begins when no other drill runs.</>;
  if (planned.state === "running" && planned.running_since) {
    return (
      <>
        Runs since <Time at={planned.running_since} />.
      </>
    );
  }
  return (
    <>
      Every {duration(planned.every_seconds * 1000)}; next <Time at={planned.due_at} />.
    </>
  );
}
