import { Alert, Stack, Text } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { silenced, silences } from "../../api/queries";
import { Time } from "../../kit/Time";
import { hiding, type Hiding, shortly, titleOf } from "./silenced";

function useHiding(id: string): Hiding[] {
  const names = useQuery(silenced).data?.[id];
  const known = useQuery({ ...silences, enabled: names !== undefined }).data;
  return names ? hiding(names, known?.items) : [];
}

/** Says of an alert that nobody is told of it: who wants that, until when and why. Nothing of one that is not silenced. */
export function SilencedNote({ id }: { id: string }) {
  const own = useHiding(id);
  if (own.length === 0) return null;
  return (
    <Alert variant="default" color="gray" icon={<IconBellOff size={18} aria-hidden="true" />} title={titleOf(own)} role="status">
      <Stack gap={4}>
        {own.map(({ name, by, to, why, maintenance }) => (
          <Text size="sm" key={name}>
            {maintenance ? "A maintenance that" : "A silence that"} <b>{by}</b> {maintenance ? "declared" : "made"}
            {to && (
              <>
                , until <Time at={to} />
              </>
            )}
            {why ? `: ${why}` : "."}
          </Text>
        ))}
        <Text size="sm" className="no-print">
          <Link to="/alerts" search={{ show: "silences" }}>
            {own.length === 1 ? "See it among the silences, or end it" : "See them among the silences, or end them"}
          </Link>
        </Text>
      </Stack>
    </Alert>
  );
}

/** The same in a word, for lists. */
export function SilencedMark({ id }: { id: string }) {
  const own = useHiding(id);
  if (own.length === 0) return null;
  return (
    <Text size="xs" className="nowrap" title={own.map(shortly).join("\n")}>
      <IconBellOff size={12} aria-hidden="true" /> {own.every((s) => s.maintenance) ? "maintenance" : "silenced"}
    </Text>
  );
}
