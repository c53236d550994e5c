import { type Cell, spell } from "../../api/sql";
import { jsonOf, spelled } from "./messages";

/** What is known of one span, read from its row. */

export type Row = Record<string, Cell>;

/** Columns that have places of their own on the page, and the one by which files lie. */
const ELSEWHERE = new Set(["day", "input", "output", "documents", "attributes", "events", "links", "resource", "scope_attributes", "name", "status", "status_message", "content_dropped"]);

/** Columns that are filled, with their values. */
export function filled(row: Row): { column: string; value: Cell }[] {
  return Object.entries(row).flatMap(([column, value]) => (value === null || value === "" || ELSEWHERE.has(column) ? [] : [{ column, value }]));
}

export interface Entry {
  /** Attribute, event, link, resource or scope. */
  of: string;
  name: string;
  value: string;
}

type Members = Record<string, Cell>;
const isMembers = (json: unknown): json is Members => typeof json === "object" && json !== null && !Array.isArray(json);

function objectIn(cell: Cell | undefined): Members {
  const json = jsonOf(spell(cell));
  return isMembers(json) ? json : {};
}

function listIn(cell: Cell | undefined): Members[] {
  const json = jsonOf(spell(cell));
  return Array.isArray(json) ? json.filter(isMembers) : [];
}

const told = (json: Cell | undefined): string => spelled(json) || (json === null ? "null" : "");

/** What was told of a span beside its columns, as rows of one table. */
export function entries(row: Row): Entry[] {
  const members = (of: string, cell: Cell | undefined) => Object.entries(objectIn(cell)).map(([name, value]): Entry => ({ of, name, value: told(value) }));
  const start = Date.parse(spell(row.time));
  const events = listIn(row.events).flatMap(({ name, time, attributes }): Entry[] => {
    const after = Date.parse(spell(time)) - start;
    const head: Entry = { of: "event", name: spell(name), value: Number.isNaN(after) ? "" : `${after < 0 ? "−" : "+"}${Math.abs(after)} ms` };
    return [head, ...Object.entries(isMembers(attributes) ? attributes : {}).map(([key, value]): Entry => ({ of: `event ${spell(name)}`, name: key, value: told(value) }))];
  });
  const linked = links(row).flatMap(({ traceId, spanId, attributes }): Entry[] => [
    { of: "link", name: traceId, value: spanId },
    ...Object.entries(attributes).map(([key, value]): Entry => ({ of: `link ${spanId}`, name: key, value: told(value) })),
  ]);
  return [...members("attribute", row.attributes), ...events, ...linked, ...members("resource", row.resource), ...members("scope", row.scope_attributes)];
}

/** Other spans that a span says it belongs to. */
export function links(row: Row): { traceId: string; spanId: string; attributes: Members }[] {
  return listIn(row.links).map(({ trace_id, span_id, attributes }) => ({ traceId: spell(trace_id), spanId: spell(span_id), attributes: isMembers(attributes) ? attributes : {} }));
}

/** Entries in which a text is found, whatever its case. */
export function found(all: readonly Entry[], text: string): Entry[] {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? [...all] : all.filter(({ of, name, value }) => `${of} ${name} ${value}`.toLowerCase().includes(wanted));
}

export interface Document {
  id: string;
  score: number | null;
  /** Null if no policy kept it. */
  content: string | null;
  rest: string;
}

/** What a retrieval found, best first as it was sent. */
export function documents(row: Row): Document[] {
  return listIn(row.documents).map(({ id, score, content, ...rest }) => ({
    id: spell(id),
    score: typeof score === "number" ? score : score !== null && score !== undefined && spell(score).trim() !== "" && Number.isFinite(Number(score)) ? Number(score) : null,
    content: content === undefined || content === null ? null : spelled(content),
    rest: Object.keys(rest).length > 0 ? JSON.stringify(rest) : "",
  }));
}

/** Attributes that hold what was said where no column has it, in each dialect's words. */
const SAID_IN: readonly (readonly [string, readonly string[]])[] = [
  ["Instructions", ["gen_ai.system_instructions"]],
  ["Query", ["gen_ai.retrieval.query.text", "gen_ai.memory.query.text", "reranker.query"]],
  ["Arguments", ["gen_ai.tool.call.arguments", "tool.parameters", "mcp.request.argument"]],
  ["Result", ["gen_ai.tool.call.result", "mcp.response.value"]],
];

/** What was said beside input and output: instructions, queries, what tools were given and gave back. */
export function saidBeside(row: Row): { words: string; text: string }[] {
  const attributes = objectIn(row.attributes);
  return SAID_IN.flatMap(([words, names]) => {
    const name = names.find((n) => attributes[n] !== undefined && attributes[n] !== null);
    return name === undefined ? [] : [{ words, text: spoken(attributes[name]) }];
  });
}

/** Texts of messages without what is around them; anything else as it is. */
function spoken(json: Cell | undefined): string {
  const parts = typeof json === "string" ? jsonOf(json) : json;
  const texts = Array.isArray(parts) ? parts.map((part) => (isMembers(part) && typeof part.content === "string" ? part.content : null)) : [null];
  return texts.includes(null) ? spelled(json) : texts.join("\n");
}

/** A policy that keeps what is said, for a model or for spans that call none. */
export function contentPolicy(model: string | null): string {
  // JSON's strings are YAML's, whatever a model is called.
  const models = model === null ? "" : `  models: [${JSON.stringify(model)}]\n`;
  return `apiVersion: candor/v1\nkind: Policy\nmetadata: {name: content}\nspec:\n${models}  privacy: {content: keep}\n`;
}

/** The name of a policy that keeps content of a model, or of spans that call none; null if none does. Of several the strictest holds. */
export function keeping(policies: readonly unknown[], model: string | null): string | null {
  const saying = policies.filter(isMembers).flatMap((object) => {
    const [spec, metadata] = [object.spec, object.metadata].map((part) => (isMembers(part) ? part : {}));
    const privacy = isMembers(spec?.privacy) ? spec.privacy : {};
    const models = Array.isArray(spec?.models) ? spec.models : [];
    const isOurs = models.length === 0 || (model !== null && models.includes(model));
    return isOurs && typeof privacy.content === "string" ? [{ name: spell(metadata?.name), content: privacy.content }] : [];
  });
  return saying.every((p) => p.content === "keep") ? (saying[0]?.name ?? null) : null;
}
