import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { policies } from "../../api/queries";
import { ApplyFile } from "../../kit/ApplyFile";
import { plural } from "../../words/numbers";
import { contentPolicy, keeping } from "./details";

/** Why nothing is seen of what was said, and which policy keeps it. */
export function NoWords({ model, dropped }: { model: string | null; dropped: number }) {
  const known = useQuery(policies);
  const kept = keeping(known.data ?? [], model);
  const of = model === null ? "of spans that call no model" : `of ${model}`;
  const left = dropped > 0;
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">
        {left
          ? `Candor was told what was said and did not store it: ${plural(dropped, "attribute")} with content ${dropped === 1 ? "was" : "were"} left out before anything was written, since no policy kept the content ${of} then.`
          : "The sender told nothing of what was said: instrumentations leave it out unless they are asked for it."}
      </Text>
      {left && kept !== null && (
        <Text size="sm" c="dimmed">
          The policy {kept} keeps it now: it is seen here of spans that come from now on.
        </Text>
      )}
      {left && kept === null && !known.isPending && (
        <>
          <Text size="sm" c="dimmed">
            {model === null ? "A policy that names no models keeps it, of spans that come afterwards:" : "This policy keeps it, of spans that come afterwards:"}
          </Text>
          <ApplyFile file={contentPolicy(model)} name="content.yaml" />
        </>
      )}
    </Stack>
  );
}
