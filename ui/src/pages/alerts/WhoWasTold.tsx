import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { alertWhy } from "../../api/queries";
import { Asked } from "../../kit/Asked";
import { Time } from "../../kit/Time";

/** Why each route told of an alert, or did not, and what became of the messages. */
export function WhoWasTold({ id, deliveries }: { id: string; deliveries: Schemas["DeliveryView"][] }) {
  const asked = useQuery(alertWhy(id));
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>Why was I (not) told?</Title>
        <Asked query={asked} height={60}>
          {(page) =>
            page.items.length === 0 ? (
              <Text size="sm">
                There is no route, so alerts are only shown here. Declare one (<code>kind: Route</code>) to have people told.
              </Text>
            ) : (
              page.items.map((why) => (
                <div key={why.route}>
                  <Text size="sm" fw={600}>
                    {why.route}: {why.verdict.replaceAll("_", " ")}
                  </Text>
                  <Text size="sm">{why.sentence}</Text>
                </div>
              ))
            )
          }
        </Asked>
        {deliveries.map((delivery) => (
          <Text size="sm" key={delivery.key + delivery.receiver}>
            {delivery.receiver}: {delivery.state} <Time at={delivery.at} dim />
            {delivery.last_error ? ` (${delivery.last_error})` : ""}
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}
