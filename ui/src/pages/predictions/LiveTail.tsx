import { Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Cell } from "../../api/sql";
import { Empty } from "../../kit/Asked";
import { useLive } from "../../shell/live";
import { count } from "../../words/numbers";
import { matches } from "./condition";
import type { Listing } from "./listing";
import { Rows } from "./Rows";

/** Rows that are kept on the page: what is older falls out. */
const KEPT = 500;
const DRAW_MS = 400;
const RATE_MS = 10_000;

interface Stored {
  table: string;
  model: string | null;
  row_count: number;
  rows: Record<string, Cell>[];
}

/** Predictions as they are stored. Drawn a few times a second whatever comes; it pauses while the pointer is over it. */
export function LiveTail({ listing, shown }: { listing: Listing; shown: readonly string[] }) {
  const { live, subscribe } = useLive();
  const [rows, setRows] = useState<Record<string, Cell>[]>([]);
  const [rate, setRate] = useState(0);
  const paused = useRef(false);
  const [isPaused, setPaused] = useState(false);
  useEffect(() => {
    let fresh: Record<string, Cell>[] = [];
    let stored: { at: number; rows: number }[] = [];
    const stop = subscribe(({ event, data }) => {
      if (event !== "events") return;
      const told = data as Stored;
      if (told.table !== "predictions" || told.model !== listing.model) return;
      stored.push({ at: Date.now(), rows: told.row_count });
      const own = told.rows.filter((row) => listing.conditions.every((c) => matches(c, row)));
      fresh = [...own.reverse(), ...fresh].slice(0, KEPT);
    });
    const timer = setInterval(() => {
      const since = Date.now() - RATE_MS;
      stored = stored.filter((s) => s.at > since);
      setRate(stored.reduce((sum, s) => sum + s.rows, 0) / (RATE_MS / 1000));
      if (paused.current || fresh.length === 0) return;
      const taken = fresh;
      fresh = [];
      setRows((known) => [...taken, ...known].slice(0, KEPT));
    }, DRAW_MS);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [subscribe, listing]);
  const pause = (value: boolean) => {
    paused.current = value;
    setPaused(value);
  };
  return (
    <Stack gap="xs" onMouseEnter={() => pause(true)} onMouseLeave={() => pause(false)} data-ready={live || undefined}>
      <Group gap="md">
        <Text size="sm">{count(rate)} a second</Text>
        <Text size="sm" c="dimmed">
          {isPaused ? "Paused while the pointer is here." : live ? "Newest first; up to 20 rows of each batch." : "Connecting…"}
        </Text>
      </Group>
      {rows.length === 0 ? (
        <Empty title="Waiting for predictions">Rows show here as they are stored.</Empty>
      ) : (
        <Rows rows={rows} shown={shown} model={listing.model} columns={listing.columns} />
      )}
    </Stack>
  );
}
