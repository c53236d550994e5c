import { queryOptions } from "@tanstack/react-query";
import type { SQLNamespace } from "@codemirror/lang-sql";
import { ask, quoted, records } from "../../api/sql";

export interface LakeColumn {
  name: string;
  type: string;
}

/** A table of the lake, as SQL names it. */
export interface LakeTable {
  /** The model that it belongs to; null of tables over all models. */
  model: string | null;
  name: string;
  columns: LakeColumn[];
}

const SHARED = "_all";
const COLUMNS_MAX = 100_000;

export const lakeTables = queryOptions({
  queryKey: ["lake tables"],
  queryFn: async ({ signal }) => {
    const sql =
      "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns " +
      "WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name, ordinal_position";
    return tablesOf(records(await ask(sql, { maxRows: COLUMNS_MAX, signal })));
  },
  staleTime: 5 * 60_000,
});

/** Rows of `information_schema.columns` as tables, those over all models first. */
export function tablesOf(rows: readonly Record<string, unknown>[]): LakeTable[] {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const tables = new Map<string, LakeTable>();
  for (const row of rows) {
    const schema = text(row.table_schema);
    const name = text(row.table_name);
    const key = JSON.stringify([schema, name]);
    const table = tables.get(key) ?? { model: schema === SHARED ? null : schema, name, columns: [] };
    table.columns.push({ name: text(row.column_name), type: text(row.data_type) });
    tables.set(key, table);
  }
  return [...tables.values()].sort((a, b) => (a.model ?? "").localeCompare(b.model ?? "") || a.name.localeCompare(b.name));
}

/** How a statement names a table. */
export function nameOf(table: LakeTable): string {
  const plain = /^[a-z_][a-z0-9_]*$/;
  const spelt = (name: string) => (plain.test(name) ? name : quoted(name));
  return table.model === null ? spelt(table.name) : `${spelt(table.model)}.${spelt(table.name)}`;
}

/** What the editor completes: models, their tables, and columns with their types. */
export function namespace(tables: readonly LakeTable[]): SQLNamespace {
  const top: Record<string, SQLNamespace> = {};
  const schemas: Record<string, Record<string, SQLNamespace>> = {};
  for (const table of tables) {
    const columns = table.columns.map(({ name, type }) => ({ label: name, detail: typeWord(type), type: "property" }));
    if (table.model === null) top[table.name] = columns;
    else (schemas[table.model] ??= {})[table.name] = columns;
  }
  return { ...schemas, ...top };
}

/** A type of a column in a word. */
export function typeWord(type: string): string {
  if (/^(u?int|float|decimal)/i.test(type)) return "number";
  if (/utf8/i.test(type)) return "text";
  if (/^(timestamp|date)/i.test(type)) return "time";
  if (/^bool/i.test(type)) return "yes or no";
  if (/^list/i.test(type)) return "list";
  return type.toLowerCase();
}
