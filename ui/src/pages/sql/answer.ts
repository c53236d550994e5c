import { spell, type SqlTable } from "../../api/sql";

export function isNumeric(type: string): boolean {
  return /^(u?int|float|decimal)/i.test(type);
}

export function isTime(type: string): boolean {
  return /^(timestamp|date)/i.test(type);
}

/** What of an answer can be drawn: numbers over time, or over a few categories. */
export type Drawable =
  | { kind: "time"; times: number[]; lines: { label: string; values: (number | null)[] }[] }
  | { kind: "bars"; labels: string[]; label: string; values: (number | null)[] };

const LINES_MAX = 5;
const BARS_MAX = 60;

export function drawable(table: SqlTable): Drawable | null {
  const numbers = table.columns.flatMap((c, at) => (isNumeric(c.type) ? [at] : []));
  const time = table.columns.findIndex((c) => isTime(c.type));
  const cell = (row: SqlTable["rows"][number], at: number) => (typeof row[at] === "number" ? row[at] : null);
  if (numbers.length === 0 || table.rows.length < 2) return null;
  if (time >= 0) {
    const rows = [...table.rows].map((row) => ({ row, time: Date.parse(spell(row[time])) })).filter((r) => !Number.isNaN(r.time));
    rows.sort((a, b) => a.time - b.time);
    // Several rows of one time are several series, which a line cannot tell apart.
    if (rows.length < 2 || rows.some((r, at) => at > 0 && r.time === rows[at - 1]?.time)) return null;
    const lines = numbers.slice(0, LINES_MAX).map((at) => ({ label: table.columns[at]?.name ?? "", values: rows.map((r) => cell(r.row, at)) }));
    return { kind: "time", times: rows.map((r) => r.time), lines };
  }
  const label = table.columns.findIndex((c) => !isNumeric(c.type));
  const [first] = numbers;
  if (label < 0 || first === undefined || table.rows.length > BARS_MAX) return null;
  const labels = table.rows.map((row) => table.columns.flatMap((c, at) => (isNumeric(c.type) ? [] : [spell(row[at]) || "–"])).join(" · "));
  return { kind: "bars", labels, label: table.columns[first]?.name ?? "", values: table.rows.map((row) => cell(row, first)) };
}
