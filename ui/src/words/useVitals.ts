import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { profiles } from "../api/queries";
import { grainOf, type Range } from "../time/range";
import { useMinute, useTime } from "../time/useTime";
import { isFilling, vitals } from "./vitals";

const NONE: Range = { from: 0, to: 0 };

/** Traffic, failures and latency of a model by windows, of the page's time or of another of the same grain; of null, none. */
export function useVitals(model: string, other?: Range | null) {
  const { range: own } = useTime();
  const range = other === undefined ? own : (other ?? NONE);
  const enabled = other !== null;
  const grain = grainOf(own);
  const minute = useMinute();
  const status = useQuery({ ...profiles(model, { range, grain, column: "status" }), enabled });
  const latency = useQuery({ ...profiles(model, { range, grain, column: "latency_ms" }), enabled });
  const windows = useMemo(
    () => vitals(status.data ?? [], latency.data ?? [], range, grain, minute),
    [status.data, latency.data, range, grain, minute],
  );
  return {
    windows,
    grain,
    filling: isFilling([...(status.data ?? []), ...(latency.data ?? [])], grain, minute),
    pending: status.isPending || latency.isPending,
    // What was told before stays when it cannot be read anew.
    error: status.isLoadingError ? status.error : latency.isLoadingError ? latency.error : null,
    retry: () => void Promise.all([status, latency].filter((q) => q.isError).map((q) => q.refetch())),
  };
}
