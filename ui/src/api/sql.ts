import { answer, api, refusal } from "./client";
import { apiRoot } from "./base";
import { refuse, token } from "./session";

export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell };

export interface SqlTable {
  columns: { name: string; type: string }[];
  rows: Cell[][];
  truncated: boolean;
  elapsedMs: number;
  scannedRows: number;
}

/** Asks with one read-only statement. */
export async function ask(sql: string, options: { maxRows?: number; signal?: AbortSignal } = {}): Promise<SqlTable> {
  const body = { sql, max_rows: options.maxRows };
  const told = await answer(api.POST("/v1/sql", { body, signal: options.signal }));
  return {
    columns: told.columns,
    rows: told.rows as unknown as Cell[][],
    truncated: told.truncated,
    elapsedMs: told.elapsed_ms,
    scannedRows: told.scanned_rows,
  };
}

const FILES = { csv: "text/csv", parquet: "application/vnd.apache.parquet" } as const;
export type FileForm = keyof typeof FILES;

/** The answer to a statement as a file; in a CSV the server takes the teeth out of spreadsheet formulas. `truncated` if there were more rows than it gives. */
export async function askFile(sql: string, form: FileForm): Promise<{ file: Blob; truncated: boolean }> {
  const headers = new Headers({ accept: FILES[form], "content-type": "application/json" });
  const known = token();
  if (known) headers.set("authorization", `Bearer ${known}`);
  const response = await fetch(`${apiRoot()}/v1/sql`, { method: "POST", headers, body: JSON.stringify({ sql }) });
  if (response.status === 401) refuse();
  if (!response.ok) throw refusal(response.status, await response.json().catch(() => null));
  return { file: await response.blob(), truncated: response.headers.get("x-candor-truncated") === "true" };
}

/** A cell as text; of what is missing nothing. */
export function spell(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** Rows as objects by column. */
export function records(table: SqlTable): Record<string, Cell>[] {
  return table.rows.map((row) => Object.fromEntries(table.columns.map((c, at) => [c.name, row[at] ?? null])));
}

/** A name as SQL spells it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL spells it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An instant as SQL spells it, without its zone: the lake's times are UTC. */
export function instant(ms: number): string {
  return `TIMESTAMP '${new Date(ms).toISOString().replace("T", " ").replace("Z", "")}'`;
}

/** One of a model's tables. */
export function tableOf(model: string, table: string): string {
  return `${quoted(model)}.${table}`;
}

/** The condition that a row's time lies in a range. */
export function during(range: { from: number; to: number }, column = "time"): string {
  return `${column} >= ${instant(range.from)} AND ${column} < ${instant(range.to)}`;
}
