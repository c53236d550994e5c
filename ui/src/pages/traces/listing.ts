import { type Cell, during, literal, quoted, spell } from "../../api/sql";
import { HOUR, stepFor, type Range } from "../../time/range";
import { micros } from "./spans";

/** What is looked for, as it stands in the URL. All of it must hold of one span. */
export interface Wanted {
  service?: string;
  model?: string;
  operation?: string;
  /** `failed`, or `fine`: everything else. */
  status?: string;
  /** Least duration of the span, milliseconds. */
  min?: string;
  conversation?: string;
  /** In what was said, where a policy kept it. */
  said?: string;
  /** `name=value`, or `name is known`. */
  attr?: string[];
}

export const TRACES = 100;

/** Attributes that columns show: what stands there exactly as it was sent is not repeated in `attributes`. */
const COLUMN_OF: Record<string, string> = {
  "service.name": "service_name",
  "service.version": "service_version",
  "deployment.environment.name": "environment",
  "deployment.environment": "environment",
  "error.type": "error_type",
  "gen_ai.operation.name": "operation",
  "gen_ai.provider.name": "provider",
  "gen_ai.system": "provider",
  "gen_ai.request.model": "request_model",
  "gen_ai.response.model": "response_model",
  "gen_ai.response.id": "response_id",
  "gen_ai.response.finish_reasons": "finish_reasons",
  "gen_ai.usage.input_tokens": "input_tokens",
  "gen_ai.usage.output_tokens": "output_tokens",
  "gen_ai.conversation.id": "conversation_id",
  "gen_ai.agent.id": "agent_id",
  "gen_ai.agent.name": "agent_name",
  "gen_ai.workflow.name": "workflow_name",
  "gen_ai.tool.name": "tool_name",
  "gen_ai.tool.type": "tool_type",
  "gen_ai.tool.call.id": "tool_call_id",
  "gen_ai.data_source.id": "data_source_id",
  "gen_ai.request.temperature": "temperature",
  "gen_ai.request.top_p": "top_p",
  "gen_ai.request.top_k": "top_k",
  "gen_ai.request.seed": "seed",
  "gen_ai.request.max_tokens": "max_tokens",
};

/** Columns that a filter may name by themselves. */
const COLUMNS = new Set([
  ...Object.values(COLUMN_OF),
  "name", "kind", "status", "status_message", "error_type", "scope_name", "scope_version", "trace_id", "span_id", "parent_span_id", "subject",
  "reasoning_tokens", "cache_read_tokens", "cache_creation_tokens", "cost_source", "model",
]);

export interface Attribute {
  name: string;
  /** Null if it is only to be there. */
  value: string | null;
}

/** Reads a filter on an attribute; a sentence says why it is none. */
export function readAttribute(text: string): Attribute | string {
  const known = /^\s*(\S.*?)\s+is\s+known\s*$/i.exec(text)?.[1];
  if (known) return { name: known, value: null };
  const found = /^\s*([^=]*[^=\s])\s*=\s*(.*\S)\s*$/.exec(text);
  if (!found?.[1] || !found[2]) return "Write an attribute’s name, = and its value; or its name and “is known”.";
  return { name: found[1], value: found[2] };
}

const contains = (column: string, text: string) => `strpos(${column}, ${literal(text)}) > 0`;

/** The condition in SQL: a column that shows the attribute, or its place in the JSON of attributes and resource. */
export function attributeSql({ name, value }: Attribute): string {
  const column = COLUMN_OF[name] ?? (COLUMNS.has(name) ? name : null);
  const key = `${JSON.stringify(name)}:`;
  const within = ["attributes", "resource"];
  if (value === null) return any([...(column ? [`${quoted(column)} IS NOT NULL`] : []), ...within.map((c) => contains(c, key))]);
  // A value that is no text stands there without quotation marks, and ends with its member.
  const spellings = [key + JSON.stringify(value), ...(isBare(value) ? [`${key}${value},`, `${key}${value}}`] : [])];
  const inColumn = column ? [`CAST(${quoted(column)} AS VARCHAR) = ${literal(value)}`, ...numberIn(column, value)] : [];
  return any([...inColumn, ...within.flatMap((c) => spellings.map((s) => contains(c, s)))]);
}

/** Columns of numbers, of which `1` is also `1.0`. */
const NUMBERS = new Set(["temperature", "top_p", "top_k"]);

function numberIn(column: string, value: string): string[] {
  return NUMBERS.has(column) && Number.isFinite(Number(value)) ? [`${quoted(column)} = ${Number(value)}`] : [];
}

function isBare(value: string): boolean {
  return /^(true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(value);
}

function any(conditions: readonly string[]): string {
  return conditions.length === 1 ? (conditions[0] ?? "true") : `(${conditions.join(" OR ")})`;
}

/** The ways in which a text may stand in what was said: as it is, or as JSON spells it, with and without letters beyond ASCII. */
export function spellings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [...new Set([text, json, ascii])];
}

function saidSql(text: string): string {
  const wanted = spellings(text.toLowerCase());
  return any(["input", "output"].flatMap((column) => wanted.map((s) => contains(`lower(${column})`, s))));
}

/** Conditions on a span, without its time. */
export function conditions(wanted: Wanted): string[] {
  const { service, model, operation, status, min, conversation, said, attr } = wanted;
  const equal = (column: string, value: string | undefined) => (value ? [`${column} = ${literal(value)}`] : []);
  const least = Number(min);
  const attributes = (attr ?? []).map(readAttribute).filter((a): a is Attribute => typeof a !== "string");
  return [
    ...equal("service_name", service),
    ...(model ? [any(["model", "request_model", "response_model"].map((c) => `${c} = ${literal(model)}`))] : []),
    ...equal("operation", operation),
    ...(status === "failed" ? ["status = 'error'"] : status === "fine" ? ["(status IS NULL OR status <> 'error')"] : []),
    ...(min && Number.isFinite(least) && least > 0 ? [`duration_ms >= ${least}`] : []),
    ...equal("conversation_id", conversation),
    ...(said ? [saidSql(said)] : []),
    ...attributes.map(attributeSql),
  ];
}

export function where(wanted: Wanted, range: Range): string {
  return [during(range), ...conditions(wanted)].join(" AND ");
}

export interface Cursor {
  time: string;
  id: string;
}

/** Spans of a trace that lie so far outside the time that is looked at count among its figures. */
const AROUND_MS = HOUR;

/** The traces of the newest spans that are wanted, or those after a trace, each with what it comes to. */
export function tracesSql(wanted: Wanted, range: Range, after?: Cursor): string {
  const instant = after ? `CAST(${literal(after.time)} AS TIMESTAMP)` : "";
  const older = after ? ` HAVING max(time) < ${instant} OR (max(time) = ${instant} AND trace_id < ${literal(after.id)})` : "";
  const around = during({ from: range.from - AROUND_MS, to: range.to + AROUND_MS }, "s.time");
  const called = (column: string) => `sum(CASE WHEN s.model IS NOT NULL THEN s.${column} END)`;
  return [
    `WITH found AS (SELECT trace_id, max(time) AS newest, count(*) AS hits FROM spans WHERE ${where(wanted, range)} GROUP BY trace_id${older} ORDER BY newest DESC, trace_id DESC LIMIT ${TRACES})`,
    `SELECT s.trace_id, max(f.newest) AS matched, max(f.hits) AS matching, min(s.time) AS began, max(coalesce(s.end_time, s.time)) AS ended, count(*) AS spans,`,
    `sum(CASE WHEN s.status = 'error' THEN 1 ELSE 0 END) AS failed, ${called("input_tokens")} AS input_tokens, ${called("output_tokens")} AS output_tokens, ${called("cost_usd")} AS cost_usd,`,
    `count(DISTINCT s.model) AS models, min(s.model) AS model, count(DISTINCT s.conversation_id) AS conversations, min(s.conversation_id) AS conversation,`,
    `min(CASE WHEN s.parent_span_id IS NULL THEN s.name END) AS root, min(CASE WHEN s.parent_span_id IS NULL THEN s.service_name END) AS service, first_value(s.name ORDER BY s.time) AS first`,
    `FROM spans s JOIN found f ON s.trace_id = f.trace_id WHERE ${around} GROUP BY s.trace_id ORDER BY matched DESC, s.trace_id DESC`,
  ].join(" ");
}

/** How many spans that are wanted there are over time, and how many of them failed. */
export function histogramSql(wanted: Wanted, range: Range): string {
  return `SELECT date_bin(INTERVAL '${stepFor(range) / 1000} seconds', time, TIMESTAMP '1970-01-01') AS t, count(*) AS n, sum(CASE WHEN status = 'error' THEN 1 ELSE 0 END) AS failed FROM spans WHERE ${where(wanted, range)} GROUP BY 1 ORDER BY 1`;
}

/** What there is to choose from in a time, the most frequent first. */
export function choicesSql(range: Range): string {
  return `SELECT service_name, coalesce(model, request_model) AS model, operation, count(*) AS n FROM spans WHERE ${during(range)} GROUP BY 1, 2, 3 ORDER BY n DESC LIMIT 500`;
}

type Row = Record<string, Cell>;

/** Distinct values of a column of the choices, in their order. */
export function choices(rows: readonly Row[], column: string): string[] {
  return [...new Set(rows.map((row) => spell(row[column])).filter((value) => value !== ""))];
}

/** One trace of the list. */
export interface Listed {
  traceId: string;
  /** When the newest of its spans that are wanted began. */
  matched: string;
  matching: number;
  began: string;
  durationMs: number;
  spans: number;
  failed: number;
  name: string;
  /** Whether the span that began it is here. */
  hasRoot: boolean;
  service: string;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  models: number;
  model: string;
  conversations: number;
  conversation: string;
}

export function readListed(row: Row): Listed {
  const figure = (cell: Cell | undefined) => (typeof cell === "number" ? cell : null);
  const root = spell(row.root);
  return {
    traceId: spell(row.trace_id),
    matched: spell(row.matched),
    matching: Number(row.matching ?? 0),
    began: spell(row.began),
    durationMs: (micros(spell(row.ended)) - micros(spell(row.began))) / 1000,
    spans: Number(row.spans ?? 0),
    failed: Number(row.failed ?? 0),
    name: root || spell(row.first) || "(without a name)",
    hasRoot: root !== "",
    service: spell(row.service),
    inputTokens: figure(row.input_tokens),
    outputTokens: figure(row.output_tokens),
    costUsd: figure(row.cost_usd),
    models: Number(row.models ?? 0),
    model: spell(row.model),
    conversations: Number(row.conversations ?? 0),
    conversation: spell(row.conversation),
  };
}

export function isFiltered(wanted: Wanted): boolean {
  return conditions(wanted).length > 0;
}
