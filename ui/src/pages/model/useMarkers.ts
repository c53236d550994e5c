import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { changes } from "../../api/queries";
import type { Marker } from "../../charts/TimeChart";
import { useTime } from "../../time/useTime";

/** What changed of a model in the page's time, for its charts. */
export function useMarkers(name: string): readonly Marker[] {
  const { range } = useTime();
  const told = useQuery(changes(name, range)).data;
  return useMemo(() => (told ?? []).map((c) => ({ time: c.time, label: [c.what, c.target, c.to].filter(Boolean).join(" ") })), [told]);
}
