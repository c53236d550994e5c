import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { profiles } from "../api/queries";
import { DAY, grainOf, type Range } from "../time/range";
import { useMinute, useTime } from "../time/useTime";
import { fullest, isFilling, vitals } from "./vitals";

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
  // A model that tells neither has its traffic in the column that has most rows.
  const isBare = enabled && status.data?.length === 0 && latency.data?.length === 0;
  const days = { from: Math.floor(range.from / DAY) * DAY, to: Math.ceil(range.to / DAY) * DAY };
  const columns = useQuery({ ...profiles(model, { range: days, grain: "1d" }), enabled: isBare });
  const column = isBare ? fullest(columns.data ?? []) : undefined;
  const rest = useQuery({ ...profiles(model, { range, grain, column: column ?? "" }), enabled: column !== undefined });
  const others = column === undefined ? undefined : rest.data;
  const windows = useMemo(
    () => vitals(status.data ?? [], latency.data ?? [], range, grain, minute, others),
    [status.data, latency.data, others, range, grain, minute],
  );
  return {
    windows,
    grain,
    filling: isFilling([...(status.data ?? []), ...(latency.data ?? []), ...(others ?? [])], grain, minute),
    pending: status.isPending || latency.isPending || (isBare && columns.isPending) || (column !== undefined && rest.isPending),
    // What was told before stays when it cannot be read anew.
    error: status.isLoadingError ? status.error : latency.isLoadingError ? latency.error : null,
    retry: () => void Promise.all([status, latency].filter((q) => q.isError).map((q) => q.refetch())),
  };
}
