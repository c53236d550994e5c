import { useQuery } from "@tanstack/react-query";
import { briefStanding } from "../../api/queries";
import { compared, DAY, type Range } from "../../time/range";
import { useTime } from "../../time/useTime";

/** What a model's charts are compared with: its reference, or an earlier time; null for nothing. */
export function useBaseline(model: string): { range: Range | null; label: string; pending: boolean } {
  const { range, comparison } = useTime();
  const known = useQuery(briefStanding(model));
  if (comparison === "reference") {
    const own = known.data;
    // Only an answer says that there is none.
    if (!own) {
      const label = known.isSuccess ? "no reference yet" : known.isPending ? "the reference, which is being read" : "a reference that is not known";
      return { range: null, label, pending: known.isPending };
    }
    if (own.state !== "watching") return { range: null, label: "no reference yet", pending: false };
    return { range: wholeDays({ from: Date.parse(own.reference_from), to: Date.parse(own.reference_to) }), label: "reference", pending: false };
  }
  const label = comparison === "previous" ? "previous period" : comparison === "week" ? "a week before" : "nothing";
  return { range: compared(range, comparison), label, pending: false };
}

/** Profiles of days are the cheapest to read. */
export function wholeDays({ from, to }: Range): Range {
  return { from: Math.floor(from / DAY) * DAY, to: Math.ceil(to / DAY) * DAY };
}
