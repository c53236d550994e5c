import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useSyncExternalStore } from "react";
import { type Comparison, type Range, readTime, resolve, type TimeSearch } from "./range";

const MINUTE = 60_000;
/** The minute that it is. */
export const thisMinute = () => Math.floor(Date.now() / MINUTE) * MINUTE;

function subscribe(changed: () => void): () => void {
  const timer = setInterval(changed, 5_000);
  return () => clearInterval(timer);
}

/** The minute that it is: what is asked for changes with it, not with each millisecond. */
export function useMinute(): number {
  return useSyncExternalStore(subscribe, thisMinute);
}

export interface Time {
  search: TimeSearch;
  range: Range;
  comparison: Comparison;
  /** Goes to another range or comparison, on the same page. */
  go: (change: TimeSearch) => void;
}

/** The time range and comparison of the URL. */
export function useTime(): Time {
  const raw = useSearch({ strict: false });
  const minute = useMinute();
  const navigate = useNavigate();
  const { last, from, to, vs } = raw as TimeSearch;
  const search = useMemo(() => readTime({ last, from, to, vs }), [last, from, to, vs]);
  const range = useMemo(() => resolve(search, minute), [search, minute]);
  return {
    search,
    range,
    comparison: search.vs ?? "reference",
    go: (change) => {
      const own = change.vs ? {} : { last: undefined, from: undefined, to: undefined };
      void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...own, ...change }) });
    },
  };
}
