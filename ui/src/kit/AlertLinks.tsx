import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Alert } from "../api/queries";

/** Alerts by their causes, each with its page, after a few words. */
export function AlertLinks({ words, alerts }: { words: string; alerts: readonly Pick<Alert, "id" | "cause">[] }) {
  return (
    <Text size="sm">
      {words}{" "}
      {alerts.map((alert, at) => (
        <span key={alert.id}>
          {at > 0 ? " · " : ""}
          <Link to="/alerts/$id" params={{ id: alert.id }}>
            {alert.cause}
          </Link>
        </span>
      ))}
    </Text>
  );
}
