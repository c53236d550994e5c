import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, Refusal } from "../../api/client";
import type { Trial } from "./trial";

const BUSY_TRIES = 20;

/** The engine over a model's history, with one monitor changed or as it is. What was tried is remembered. */
export const backtest = (model: string, to: string | undefined, trial: Trial | null) =>
  queryOptions({
    queryKey: ["backtest", model, to, trial],
    queryFn: ({ signal }) => {
      const monitors = (trial ? [trial] : []) as unknown as Record<string, never>[];
      return answer(api.POST("/v1/backtests", { body: { model, to, monitors, only: false }, signal }));
    },
    staleTime: Infinity,
    gcTime: 30 * 60_000,
    // The server runs a few at a time: one that finds it busy waits for its turn.
    retry: (failed, error) => failed < BUSY_TRIES && error instanceof Refusal && error.status === 503,
    retryDelay: 1_000,
  });

export function useBacktest(model: string, to: string | undefined, trial: Trial | null, enabled: boolean) {
  return useQuery({ ...backtest(model, to, trial), enabled });
}
