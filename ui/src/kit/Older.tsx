import { Button, Group } from "@mantine/core";
import { Failed } from "./Asked";

/** What is needed of an infinite query. */
interface Paged {
  error: Error | null;
  isError: boolean;
  isFetchNextPageError: boolean;
  isFetchingNextPage: boolean;
  hasNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

/** Below a list: the way to what is older, and what failed on it. Rows that are there stay, whatever became of older ones. */
export function Older({ asked, what }: { asked: Paged; what: string }) {
  if (asked.isError) return <Failed error={asked.error} retry={() => void (asked.isFetchNextPageError ? asked.fetchNextPage() : asked.refetch())} />;
  if (!asked.hasNextPage) return null;
  return (
    <Group>
      <Button variant="default" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
        Older {what}
      </Button>
    </Group>
  );
}
