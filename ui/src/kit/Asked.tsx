import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Refusal } from "../api/client";
import { signOut } from "../api/session";
import { Words } from "./Words";

/** What was asked for, or where it stands: on its way, refused, failed. */
export function Asked<T>({
  query,
  height = 120,
  heading,
  children,
}: {
  query: UseQueryResult<T>;
  height?: number;
  /** What the page is called until its answer names it: no page is without a heading. */
  heading?: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  const stands = query.isError ? <Failed error={query.error} retry={() => void query.refetch()} /> : <Waiting height={height} />;
  if (heading === undefined) return stands;
  return (
    <Stack>
      <Title order={1}>{heading}</Title>
      {stands}
    </Stack>
  );
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

/** Whether the same question may be answered another time: what is refused or is not there stays so. */
function isPassing(error: unknown): boolean {
  return !(error instanceof Refusal) || error.status >= 500 || error.status === 408 || error.status === 429;
}

/** What went wrong and what to do about it; brief, where the whole of it stands elsewhere on the page. */
export function Failed({ error, retry, brief = false }: { error: unknown; retry?: () => void; brief?: boolean }) {
  const { title, detail, hint } = reason(error);
  const isDenied = error instanceof Refusal && error.status === 403;
  return (
    <Alert color="gray" variant="default" title={title} role="alert">
      <Stack gap="xs">
        {!brief && (
          <Text size="sm">
            <Words text={detail} />
          </Text>
        )}
        {!brief && hint && (
          <Text size="sm" c="dimmed">
            <Words text={hint} />
          </Text>
        )}
        {isDenied && !brief && (
          <Group>
            <Button size="xs" variant="default" onClick={signOut}>
              Use another token
            </Button>
          </Group>
        )}
        {retry && isPassing(error) && (
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

/** A page that failed by itself: the server is not to blame, and other pages work. */
export function PageFailed({ error }: { error: unknown }) {
  return (
    <Stack>
      <Title order={1}>This page failed</Title>
      <Alert color="gray" variant="default" role="alert">
        <Stack gap="xs">
          <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
          <Text size="sm" c="dimmed">
            Load it again: Candor may have been updated while it was open. If it stays, that is a mistake of Candor, and other pages may still work.
          </Text>
          <Group>
            <Button size="xs" variant="default" onClick={() => window.location.reload()}>
              Load it again
            </Button>
          </Group>
        </Stack>
      </Alert>
    </Stack>
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
        <Text size="sm" c="dimmed" component="div" maw="100%">
          {children}
        </Text>
      )}
    </Stack>
  );
}
