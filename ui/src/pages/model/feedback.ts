import { type Cell, spell } from "../../api/sql";
import type { Line } from "../../charts/plot";
import { DAY, HOUR, type Range } from "../../time/range";

/** What verdicts are counted by: enough points for a line, even of a short time. */
export function verdictStep(range: Range): { step: number; unit: "day" | "hour" | "minute"; per: string } {
  const length = range.to - range.from;
  if (length > 3 * DAY) return { step: DAY, unit: "day", per: "a day" };
  if (length > 6 * HOUR) return { step: HOUR, unit: "hour", per: "an hour" };
  return { step: HOUR / 60, unit: "minute", per: "a minute" };
}

/**
 * Verdicts by day (or by hour or minute), the most frequent first; a day without any is a zero, since feedback is rare.
 * Days that the range has only a part of are left out: half a day looks like a drop.
 */
export function verdictLines(rows: readonly Record<string, Cell>[], range: Range, colors: readonly string[]): { times: number[]; lines: Line[] } {
  const { step } = verdictStep(range);
  const times: number[] = [];
  for (let t = Math.ceil(range.from / step) * step; t + step <= range.to; t += step) times.push(t);
  const totals = new Map<string, number>();
  const byKey = new Map<string, number>();
  for (const row of rows) {
    const [verdict, n] = [spell(row.verdict), Number(row.n)];
    totals.set(verdict, (totals.get(verdict) ?? 0) + n);
    byKey.set(`${Date.parse(spell(row.t))} ${verdict}`, n);
  }
  const verdicts = [...totals].sort((a, b) => b[1] - a[1]).slice(0, colors.length);
  return { times, lines: verdicts.map(([label], at) => ({ label, color: colors[at], values: times.map((t) => byKey.get(`${t} ${label}`) ?? 0) })) };
}
