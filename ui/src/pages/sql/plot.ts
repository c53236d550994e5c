import type { Cell, SqlTable } from "../../api/sql";
import { typeWord } from "./tables";

/** How a result is drawn. */
export interface PlotChoice {
  x: string;
  y: string[];
}

export const Y_MAX = 5;

/** Columns that can be a height. */
export function heights(table: SqlTable): string[] {
  return table.columns.filter((c) => typeWord(c.type) === "number").map((c) => c.name);
}

/** What is wished, where the result has it; else time or text against the first numbers. */
export function plotChoice(table: SqlTable, wished: { x?: string; y?: string }): PlotChoice | null {
  const numbers = heights(table);
  const names = table.columns.map((c) => c.name);
  const byWord = (word: string) => table.columns.find((c) => typeWord(c.type) === word)?.name;
  const x = names.find((n) => n === wished.x) ?? byWord("time") ?? byWord("text") ?? numbers[0];
  if (x === undefined) return null;
  const asked = (wished.y ?? "").split(",").filter((n) => numbers.includes(n));
  const y = asked.length > 0 ? asked.slice(0, Y_MAX) : numbers.filter((n) => n !== x).slice(0, 1);
  return y.length > 0 ? { x, y } : null;
}

export interface Plot {
  kind: "time" | "value" | "category";
  /** Bars where x is a text, lines where it has an order. */
  bars: boolean;
  lines: { name: string; points: [string | number, number | null][] }[];
}

/** The points of a result, in the order of x where it has one. */
export function plotOf(table: SqlTable, { x, y }: PlotChoice): Plot {
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
  const lines = y.map((name) => {
    const column = at(name);
    const points = table.rows.flatMap((row): [string | number, number | null][] => {
      const here = place(row[own]);
      const height = row[column];
      return here === null ? [] : [[here, typeof height === "number" ? height : null]];
    });
    if (kind !== "category") points.sort((a, b) => Number(a[0]) - Number(b[0]));
    return { name, points };
  });
  return { kind, bars: kind === "category", lines };
}
