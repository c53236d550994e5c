import { queryOptions } from "@tanstack/react-query";
import { ask, type Cell, during, literal, records, spell } from "../../api/sql";
import { DAY } from "../../time/range";

/** One span as lists and the waterfall show it; what is long is read when it is chosen. */
export interface Span {
  traceId: string;
  spanId: string;
  /** Null of a span that began its trace. */
  parentId: string | null;
  name: string;
  service: string | null;
  /** Null if the sender said neither. */
  status: "ok" | "error" | null;
  errorType: string | null;
  /** Null of what is none of GenAI. */
  operation: string | null;
  /** The model whose prediction the span is; null if it is none. */
  model: string | null;
  /** The model that it names, prediction or not. */
  named: string | null;
  /** Microseconds since 1970. */
  start: number;
  /** Null of a span that never ended. */
  durationMs: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  firstTokenMs: number | null;
  conversationId: string | null;
  finishReasons: string | null;
}

export const SPAN_COLUMNS = [
  "time", "duration_ms", "trace_id", "span_id", "parent_span_id", "name", "service_name", "status", "error_type", "operation", "model",
  "request_model", "response_model", "input_tokens", "output_tokens", "cost_usd", "time_to_first_token_ms", "conversation_id", "finish_reasons",
] as const;

/** Spans of a trace that are read: as many as the server gives at once. */
export const SPANS_MAX = 10_000;

/** How far from a known instant the rest of a trace is looked for. */
const AROUND_MS = DAY;

type Row = Record<string, Cell>;

/** Microseconds since 1970 of an instant as the server writes it; dates of the browser know milliseconds only. */
export function micros(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? "";
  const whole = Date.parse(time.replace(/\.\d+/, ""));
  return whole * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

const text = (cell: Cell | undefined) => (typeof cell === "string" && cell !== "" ? cell : null);
const figure = (cell: Cell | undefined) => (typeof cell === "number" ? cell : null);

export function readSpan(row: Row): Span {
  const model = text(row.model);
  return {
    traceId: spell(row.trace_id),
    spanId: spell(row.span_id),
    parentId: text(row.parent_span_id),
    name: text(row.name) ?? "(without a name)",
    service: text(row.service_name),
    status: row.status === "error" || row.status === "ok" ? row.status : null,
    errorType: text(row.error_type),
    operation: text(row.operation),
    model,
    named: model ?? text(row.request_model) ?? text(row.response_model),
    start: micros(spell(row.time)),
    durationMs: figure(row.duration_ms),
    inputTokens: figure(row.input_tokens),
    outputTokens: figure(row.output_tokens),
    costUsd: figure(row.cost_usd),
    firstTokenMs: figure(row.time_to_first_token_ms),
    conversationId: text(row.conversation_id),
    finishReasons: text(row.finish_reasons),
  };
}

/** Ids are hexadecimal in small letters. */
export function normalId(id: string): string {
  return id.trim().toLowerCase();
}

/** The condition that a row lies near an instant; none if it is not known. */
function near(at: string | undefined): string {
  const time = at ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) ? "" : ` AND ${during({ from: time - AROUND_MS, to: time + AROUND_MS })}`;
}

/** All spans of a trace. A time that is known spares the server the rest of the lake. */
export function traceSql(traceId: string, at: string | undefined): string {
  return `SELECT ${SPAN_COLUMNS.join(", ")} FROM spans WHERE trace_id = ${literal(normalId(traceId))}${near(at)} ORDER BY time, span_id LIMIT ${SPANS_MAX}`;
}

/** Everything that is known of one span. */
export function spanSql({ traceId, spanId, start }: Pick<Span, "traceId" | "spanId" | "start">): string {
  const ms = Math.floor(start / 1000);
  return `SELECT * FROM spans WHERE trace_id = ${literal(traceId)} AND span_id = ${literal(spanId)} AND ${during({ from: ms, to: ms + 1 })} LIMIT 1`;
}

/** The prediction that a span is. */
export function predictionId({ traceId, spanId }: Pick<Span, "traceId" | "spanId">): string {
  return `${traceId}-${spanId}`;
}

/** A trace, and a span of it, that a text names: an id alone, the id of a prediction, or a `traceparent` header. */
export function traceIn(text: string): { traceId: string; spanId: string | null } | null {
  const found = /^(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-([0-9a-f]{16}))?(?:-[0-9a-f]{2})?$/.exec(normalId(text));
  return found?.[1] ? { traceId: found[1], spanId: found[2] ?? null } : null;
}

/** Spans may still be on their way so long after the newest of them ended. */
const LATE_MS = 120_000;
const AGAIN_MS = 5_000;

function isFresh(spans: readonly Span[]): boolean {
  const last = spans.reduce((end, { start, durationMs }) => Math.max(end, start / 1000 + (durationMs ?? 0)), 0);
  return Date.now() - last < LATE_MS;
}

/** The spans of a trace. What is late comes by itself. */
export const spansOf = (sql: string) =>
  queryOptions({
    queryKey: ["trace", sql],
    queryFn: async ({ signal }) => records(await ask(sql, { maxRows: SPANS_MAX, signal })).map(readSpan),
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.data && isFresh(state.data) ? AGAIN_MS : false),
  });
