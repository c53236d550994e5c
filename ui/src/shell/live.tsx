import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { models, type Model } from "../api/queries";
import { listen, type StreamMessage } from "../api/stream";

type Listener = (message: StreamMessage) => void;

interface Live {
  /** Null until the first try has ended. */
  live: boolean | null;
  /** Takes part in the page's one stream. */
  subscribe: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live>({ live: null, subscribe: () => () => undefined });

export function useLive(): Live {
  return useContext(LiveContext);
}

interface Stored {
  model?: string;
}

/** One stream for all of the page: what it tells makes lists stale, and pages may listen too. */
export function LiveProvider({ children, session }: { children: ReactNode; session: string | null }) {
  const client = useQueryClient();
  const [live, setLive] = useState<boolean | null>(null);
  const listeners = useRef(new Set<Listener>());
  useEffect(() => {
    const ended = new AbortController();
    const take = (message: StreamMessage) => {
      for (const listener of listeners.current) listener(message);
      if (message.event === "alert") {
        for (const key of ["alerts", "standing"]) void client.invalidateQueries({ queryKey: [key] });
      }
      const name = (message.data as Stored).model;
      const known = client.getQueryData<Model[]>(models.queryKey);
      if (message.event === "events" && name && known && !known.some((m) => m.name === name)) {
        void client.invalidateQueries({ queryKey: models.queryKey, exact: true });
      }
    };
    void listen({ signal: ended.signal, onLive: setLive }, take);
    return () => ended.abort();
  }, [client, session]);
  const value = useMemo<Live>(
    () => ({
      live,
      subscribe: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [live],
  );
  return <LiveContext value={value}>{children}</LiveContext>;
}
