import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Refusal } from "../api/client";

/** What was asked for, or where it stands: on its way, refused, failed. */
export function Asked<T>({
  query,
  height = 120,
  children,
}: {
  query: UseQueryResult<T>;
  height?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Waiting height={height} />;
}

const LONG_MS = 4_000;

/** It is on its way; after a while in words. */
export function Waiting({ height }: { height: number }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label="Loading" data-loading>
      {isLong && (
        <Text size="sm" c="dimmed" mb={4}>
          Still reading. The server may be busy; this fills in by itself.
        </Text>
      )}
      <Skeleton height={height} />
    </div>
  );
}

/** What went wrong and what to do about it. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, detail, hint } = reason(error);
  return (
    <Alert color="gray" variant="default" title={title} role="alert">
      <Stack gap="xs">
        <Text size="sm">{detail}</Text>
        {hint && (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        )}
        {retry && (
          <Group>
            <Button size="xs" variant="default" onClick={retry}>
              Try again
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

export function reason(error: unknown): { title: string; detail: string; hint: string } {
  // What stands between may answer instead of the server.
  if (!(error instanceof Refusal) || error.status === 502 || error.status === 504) {
    return {
      title: "The server cannot be reached",
      detail: error instanceof Error ? error.message : "The request failed.",
      hint: "Models keep serving without Candor. Look whether the server runs, and try again.",
    };
  }
  if (error.status === 403) return { title: "You may not see this", detail: error.message, hint: error.hint };
  if (error.status === 401) return { title: "Please sign in", detail: error.message, hint: error.hint };
  if (error.status === 404) return { title: "There is no such thing", detail: error.message, hint: error.hint };
  if (error.status === 503) return { title: "The server is busy", detail: error.message, hint: error.hint };
  if (error.status >= 500) return { title: "The server failed", detail: error.message, hint: error.hint };
  return { title: "The server refused", detail: error.message, hint: error.hint };
}

/** Nothing to show, why, and what to do. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack gap={4} py="md" align="flex-start">
      <Text fw={600}>{title}</Text>
      {children && (
        <Text size="sm" c="dimmed" component="div">
          {children}
        </Text>
      )}
    </Stack>
  );
}
