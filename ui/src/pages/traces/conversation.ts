import { literal } from "../../api/sql";
import { keyOf, type Message, messagesOf } from "./messages";
import { SPAN_COLUMNS, type Span } from "./spans";

/** Turns of a conversation that are read. */
export const TURNS_MAX = 1_000;

/** Operations that answer somebody: embeddings and rerankings are no turns. */
const ANSWERS = new Set(["chat", "generate_content", "text_completion"]);

/** A span of a conversation with what was said, as it was kept. */
export interface Turn extends Span {
  input: string | null;
  output: string | null;
  dropped: number;
}

/** Spans that name a conversation, and calls of models in their traces: some senders name it on the outermost span alone. */
export function conversationSql(id: string): string {
  const columns = [...SPAN_COLUMNS, "input", "output", "content_dropped"].join(", ");
  const traces = `SELECT trace_id FROM spans WHERE conversation_id = ${literal(id)}`;
  return `SELECT ${columns} FROM spans WHERE trace_id IN (${traces}) AND (conversation_id = ${literal(id)} OR (conversation_id IS NULL AND model IS NOT NULL)) ORDER BY time, span_id LIMIT ${TURNS_MAX}`;
}

/** The turns among those spans: of each trace the calls that answer, those that name the conversation if any does; without any, its outermost span. */
export function turnsOf(spans: readonly Turn[], id: string): Turn[] {
  const traces = new Map<string, Turn[]>();
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
  const turns = [...traces.values()].flatMap((own) => {
    const calls = own.filter((s) => s.model !== null && (s.operation === null || ANSWERS.has(s.operation)));
    const named = calls.filter((s) => s.conversationId === id);
    if (named.length > 0) return named;
    if (calls.length > 0) return calls;
    const ids = new Set(own.map((s) => s.spanId));
    return own.filter((s) => s.conversationId === id && (s.parentId === null || !ids.has(s.parentId)));
  });
  return turns.sort((a, b) => a.start - b.start);
}

/** A turn with what is new in it. */
export interface Told {
  turn: Turn;
  /** What was said since the turn before. */
  said: Message[];
  answered: Message[];
  /** Messages that it was given once more, and that are not repeated here. */
  repeated: number;
}

/** A dialogue without what each call is given again: most clients send all that was said before with every turn. */
export function dialogue(turns: readonly Turn[]): Told[] {
  const seen = new Map<string, number>();
  const note = (messages: readonly Message[]) => {
    for (const key of messages.map(keyOf)) seen.set(key, (seen.get(key) ?? 0) + 1);
  };
  return turns.map((turn) => {
    const given = messagesOf(turn.input, "user");
    const answered = messagesOf(turn.output, "assistant");
    const from = Math.min(knownPrefix(given, seen), sinceAnswer(given));
    const said = given.slice(from);
    note(said);
    note(answered);
    return { turn, said, answered, repeated: from };
  });
}

/** How many messages at the beginning were seen before, each as often as it was seen. */
function knownPrefix(given: readonly Message[], seen: ReadonlyMap<string, number>): number {
  const left = new Map(seen);
  for (const [at, message] of given.entries()) {
    const key = keyOf(message);
    const times = left.get(key) ?? 0;
    if (times === 0) return at;
    left.set(key, times - 1);
  }
  return given.length;
}

/** Where what follows the last answer begins: that much is new even if the same was said before. */
function sinceAnswer(given: readonly Message[]): number {
  return given.findLastIndex((m) => m.role === "assistant" || m.role === "model") + 1;
}

/** `["stop"]` as people read it. */
export function finishWords(reasons: string | null): string {
  if (reasons === null) return "";
  try {
    const json: unknown = JSON.parse(reasons);
    return Array.isArray(json) ? json.map(String).join(", ") : reasons;
  } catch {
    return reasons;
  }
}
