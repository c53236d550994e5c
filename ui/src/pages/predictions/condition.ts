import { type Cell, literal, quoted, spell } from "../../api/sql";

/** One filter on a column, as people type it: `region=north`, `score<0.3`, `income is missing`, `purpose~car`. */
export interface Condition {
  column: string;
  op: Op;
  value: string;
}

type Op = "!=" | "<=" | ">=" | "=" | "<" | ">" | "~" | "missing" | "known";

export interface ColumnType {
  name: string;
  type: string;
}

const PREFIXES = ["", "input_", "output_", "segment_", "derived_", "stage_", "error_", "attribution_", "usage_"];

/** The column that a short name means: `region` is `segment_region` where there is no other. */
export function columnOf(name: string, columns: readonly ColumnType[]): ColumnType | null {
  for (const prefix of PREFIXES) {
    const found = columns.find((c) => c.name.toLowerCase() === `${prefix}${name}`.toLowerCase());
    if (found) return found;
  }
  return null;
}

/** Reads a condition; a sentence says why it is none. */
export function readCondition(text: string, columns: readonly ColumnType[]): Condition | string {
  const presence = /^\s*(.+?)\s+is\s+(missing|known)\s*$/i.exec(text);
  if (presence?.[1] && presence[2]) {
    const column = columnOf(presence[1], columns);
    return column ? { column: column.name, op: presence[2].toLowerCase() as Op, value: "" } : `There is no column ${presence[1]}.`;
  }
  const found = /^\s*([\w.@ -]+?)\s*(!=|<=|>=|=|<|>|~|:)\s*(.+?)\s*$/.exec(text);
  if (!found?.[1] || !found[2] || !found[3]) return "Write a column, =, !=, <, > or ~, and a value.";
  const column = columnOf(found[1], columns);
  if (!column) return `There is no column ${found[1]}.`;
  const op = found[2] === ":" ? "=" : (found[2] as Op);
  if (isNumber(column.type) && op !== "~" && !Number.isFinite(Number(found[3]))) return `${column.name} takes numbers.`;
  return { column: column.name, op, value: found[3] };
}

export function isNumber(type: string): boolean {
  return type === "number" || type === "integer";
}

/** The condition in SQL. Names and values are whatever people and models send. */
export function toSql({ column, op, value }: Condition, columns: readonly ColumnType[]): string {
  const name = quoted(column);
  const type = columns.find((c) => c.name === column)?.type ?? "text";
  if (op === "missing") return `${name} IS NULL`;
  if (op === "known") return `${name} IS NOT NULL`;
  if (op === "~") return `strpos(lower(CAST(${name} AS VARCHAR)), ${literal(value.toLowerCase())}) > 0`;
  const spelled = isNumber(type) ? String(Number(value)) : type === "boolean" ? String(value === "true") : literal(value);
  // What is missing is also not the value.
  return op === "!=" ? `(${name} IS NULL OR ${name} <> ${spelled})` : `${name} ${op} ${spelled}`;
}

/** Whether a row that just came is one of those that are looked for. */
export function matches({ column, op, value }: Condition, row: Record<string, Cell | undefined>): boolean {
  const own = row[column];
  const missing = own === null || own === undefined;
  if (op === "missing") return missing;
  if (op === "known") return !missing;
  if (missing) return op === "!=";
  const text = spell(own);
  if (op === "~") return text.toLowerCase().includes(value.toLowerCase());
  const [a, b] = typeof own === "number" ? [own, Number(value)] : [text, value];
  switch (op) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}
