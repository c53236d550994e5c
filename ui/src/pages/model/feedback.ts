import { type Cell, spell } from "../../api/sql";
import type { Line } from "../../charts/plot";
import { DAY, type Range } from "../../time/range";

/** Verdicts by day, the most frequent first; a day without any is a zero, since feedback is rare. */
export function verdictLines(rows: readonly Record<string, Cell>[], range: Range, colors: readonly string[]): { times: number[]; lines: Line[] } {
  const times: number[] = [];
  for (let t = Math.floor(range.from / DAY) * DAY; t < range.to; t += DAY) times.push(t);
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
