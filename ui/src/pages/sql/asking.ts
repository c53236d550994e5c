import { queryOptions } from "@tanstack/react-query";
import { ask } from "../../api/sql";

/** Rows of a result that are shown first. */
export const ROWS_FIRST = "1000";

/** A statement of the page's address, with so many rows at most. */
export const asking = (q: string, rows: string) =>
  queryOptions({
    queryKey: ["sql", q, rows],
    queryFn: ({ signal }) => ask(q, { maxRows: Number(rows), signal }),
    enabled: q.trim() !== "",
    retry: false,
    staleTime: Infinity,
    gcTime: 60_000,
  });
