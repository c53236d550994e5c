import { Stack, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Asked } from "../../kit/Asked";

interface Props<T> {
  words: string;
  query: UseQueryResult<T>;
  height?: number;
  children: (data: T) => ReactNode;
}

/** What was asked for. Until it is there a heading says what that is: else nobody knows what failed, or is on its way. */
export function Headed<T>({ words, query, height, children }: Props<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  return (
    <Stack gap="xs">
      <Title order={2}>{words}</Title>
      <Asked query={query} height={height}>
        {children}
      </Asked>
    </Stack>
  );
}
