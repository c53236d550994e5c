import type { Span } from "./spans";

/** Spans as tests need them. */

export const FIRST = Date.parse("2026-11-10T12:00:00Z") * 1000;

/** A span of five milliseconds that begins so many after the first. */
export function span(id: string, parent: string | null, ms: number, more: Partial<Span> = {}): Span {
  return {
    traceId: "t",
    spanId: id,
    parentId: parent,
    name: id,
    service: null,
    status: null,
    errorType: null,
    operation: null,
    model: null,
    named: null,
    start: FIRST + ms * 1000,
    durationMs: 5,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
    firstTokenMs: null,
    conversationId: null,
    finishReasons: null,
    ...more,
  };
}
