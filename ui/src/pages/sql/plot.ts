import type { Cell, SqlTable } from "../../api/sql";
import { once } from "../../words/numbers";
import { typeWord } from "./tables";

/** How a result is drawn. */
export interface PlotChoice {
  x: string;
  y: string[];
  /** A column of texts, of whose values each has a line of its own. */
  by: string | null;
}

/** As the address names it. */
export interface PlotWish {
  x?: string;
  y?: string;
  by?: string;
}

export const Y_MAX = 5;
/** With more lines nobody tells them apart. */
export const LINES_MAX = 5;
/** What the address says where no column shall part the lines. */
export const NO_PARTS = "none";

/** Columns that can be a height. */
export function heights(table: SqlTable): string[] {
  return table.columns.filter((c) => typeWord(c.type) === "number").map((c) => c.name);
}

/** What is wished, where the result has it; else time or text against the first numbers. */
export function plotChoice(table: SqlTable, wished: PlotWish): PlotChoice | null {
  const numbers = heights(table);
  const names = table.columns.map((c) => c.name);
  const byWord = (word: string) => table.columns.find((c) => typeWord(c.type) === word)?.name;
  const x = names.find((n) => n === wished.x) ?? byWord("time") ?? byWord("text") ?? numbers[0];
  if (x === undefined) return null;
  const asked = (wished.y ?? "").split(",").filter((n) => numbers.includes(n));
  const y = asked.length > 0 ? asked.slice(0, Y_MAX) : numbers.filter((n) => n !== x).slice(0, 1);
  return y.length > 0 ? { x, y, by: parting(table, x, y, wished.by) } : null;
}

/** Columns whose values can part lines. */
export function parts(table: SqlTable, x: string): string[] {
  return table.columns.filter((c) => c.name !== x && typeWord(c.type) === "text").map((c) => c.name);
}

/** Where x comes more than once, a line would go up and down between things that have nothing to do with each other. */
function parting(table: SqlTable, x: string, y: readonly string[], wished: string | undefined): string | null {
  if (y.length > 1 || wished === NO_PARTS) return null;
  const texts = parts(table, x);
  const asked = texts.find((name) => name === wished);
  if (asked) return asked;
  const at = table.columns.findIndex((c) => c.name === x);
  const repeated = new Set(table.rows.map((row) => row[at])).size < table.rows.length;
  return repeated ? (texts[0] ?? null) : null;
}

export interface Plot {
  kind: "time" | "value" | "category";
  /** Bars where x is a text, lines where it has an order. */
  bars: boolean;
  lines: { name: string; points: [string | number, number | null][] }[];
  /** Lines that are left out, since there are too many. */
  left: number;
}

/** The points of a result, in the order of x where it has one. */
export function plotOf(table: SqlTable, { x, y, by }: PlotChoice): Plot {
  const at = (name: string) => table.columns.findIndex((c) => c.name === name);
  const own = at(x);
  const word = typeWord(table.columns[own]?.type ?? "");
  const kind = word === "time" ? "time" : word === "number" ? "value" : "category";
  const place = (cell: Cell | undefined): string | number | null => {
    if (cell === null || cell === undefined) return kind === "category" ? "missing" : null;
    if (kind === "time") return typeof cell === "string" ? Date.parse(cell) : null;
    if (kind === "value") return typeof cell === "number" ? cell : null;
    return typeof cell === "string" ? cell : JSON.stringify(cell);
  };
  const line = (name: string, column: number, rows: readonly Cell[][]) => {
    const points = rows.flatMap((row): [string | number, number | null][] => {
      const here = place(row[own]);
      const height = row[column];
      return here === null ? [] : [[here, typeof height === "number" ? height : null]];
    });
    if (kind !== "category") points.sort((a, b) => Number(a[0]) - Number(b[0]));
    return { name, points };
  };
  const bars = kind === "category";
  const [first] = y;
  if (by === null || first === undefined) return { kind, bars, left: 0, lines: y.map((name) => line(name, at(name), table.rows)) };
  const groups = new Map<string, Cell[][]>();
  for (const row of table.rows) {
    const value = row[at(by)];
    const name = typeof value === "string" ? value : "missing";
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  // Those with most rows are kept.
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const lines = sorted.slice(0, LINES_MAX).map(([name, rows]) => line(name, at(first), rows));
  return { kind, bars, lines, left: sorted.length - lines.length };
}

const DAY_MS = 86_400_000;

const format = (options: Intl.DateTimeFormatOptions) => once(() => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }));
const DATE = format({ day: "numeric", month: "short" });
const FULL_DATE = format({ day: "numeric", month: "short", year: "2-digit" });
const MONTH = format({ month: "short", year: "numeric" });
const CLOCK = format({ hour: "2-digit", minute: "2-digit" });
const SECONDS = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/**
 * Names of places on an axis of time, each of which can be read by itself: with its month, with the clock where it is
 * not midnight, and with its year where that is not the one of `nowMs`. In UTC, as the table has it.
 */
export function timeNames([from, to]: readonly [number, number], nowMs: number): (ms: number) => string {
  const year = (ms: number) => new Date(ms).getUTCFullYear();
  if (to - from > 300 * DAY_MS) return (ms) => (new Date(ms).getUTCDate() === 1 ? MONTH() : FULL_DATE()).format(ms);
  const date = year(from) === year(nowMs) && year(to) === year(nowMs) ? DATE : FULL_DATE;
  const clock = to - from < 600_000 ? SECONDS : CLOCK;
  return (ms) => (ms % DAY_MS === 0 ? date().format(ms) : `${clock().format(ms)}\n${date().format(ms)}`);
}
