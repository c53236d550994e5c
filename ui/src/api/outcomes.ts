import { during, tableOf } from "./sql";
import { DAY, type Range } from "../time/range";

/** Outcomes may come so long after their prediction. */
const LATER = 120 * DAY;

/** What came true of the predictions of a time, as a subquery: a later outcome corrects an earlier one. */
export function outcomesSql(model: string, range: Range, fields: readonly string[]): string {
  const newest = fields.map((field) => `last_value(${field} ORDER BY time) AS ${field}`).join(", ");
  const late = { from: range.from, to: range.to + LATER };
  return `(SELECT prediction_id, ${newest} FROM ${tableOf(model, "outcomes")} WHERE ${during(late)} GROUP BY prediction_id)`;
}
