import { notifications } from "@mantine/notifications";
import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { reason } from "./Asked";
import { Words } from "./Words";

interface Deed<T> {
  deed: (input: T) => Promise<unknown>;
  /** What is said when it is done. */
  words: string;
  /** Queries that it makes stale. */
  stale: readonly QueryKey[];
  done?: () => void;
}

/** Does something, says so or why not, and reads anew what changed. */
export function useDeed<T>({ deed, words, stale, done }: Deed<T>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: deed,
    onSuccess: async () => {
      done?.();
      notifications.show({ message: words });
      await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
    onError: (error) => {
      const { title, detail, hint } = reason(error);
      notifications.show({ title, message: createElement(Words, { text: [detail, hint].filter(Boolean).join(" ") }), color: "gray" });
    },
  });
}
