/** What was said, out of the forms in which instrumentations tell it. */

export type Part =
  | { kind: "text"; text: string }
  | { kind: "thought"; text: string }
  | { kind: "call"; name: string; id: string | null; arguments: string }
  | { kind: "result"; id: string | null; text: string }
  /** A picture or another file, which is named and not shown. */
  | { kind: "file"; type: string; bytes: number | null }
  | { kind: "other"; text: string };

export interface Message {
  /** As the sender calls it: system, user, assistant, tool … */
  role: string;
  parts: Part[];
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Members = { [key: string]: Json };

const isMembers = (json: Json | undefined): json is Members => typeof json === "object" && json !== null && !Array.isArray(json);
const text = (json: Json | undefined) => (typeof json === "string" ? json : undefined);

/** A value as people read it: a text as it is, of anything else the JSON. */
export function spelled(json: Json | undefined): string {
  if (json === undefined || json === null) return "";
  return typeof json === "string" ? json : JSON.stringify(json, null, 1);
}

/** A whole number that a float would round stays as it was written, in browsers that tell how that was. */
function exactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded && context?.source && /^-?\d+$/.test(context.source) ? context.source : value;
}

/** The JSON that a text is; undefined if it is none. */
export function jsonOf(said: string): Json | undefined {
  if (!/^\s*[[{"]/.test(said)) return undefined;
  try {
    return JSON.parse(said, exactly) as Json;
  } catch {
    return undefined;
  }
}

/** Messages out of what a column holds. What is no list of messages is one, of the role that is usual there. */
export function messagesOf(said: string | null, role: "user" | "assistant"): Message[] {
  if (said === null || said === "") return [];
  const json = jsonOf(said);
  const list = listOf(json);
  const read = list?.map((member) => messageOf(member, role));
  if (read && read.length > 0 && read.every((m) => m !== null)) return read;
  const whole = isMembers(json) ? messageOf(json, role) : null;
  return [whole ?? { role, parts: [json === undefined ? { kind: "text", text: said } : typeof json === "string" ? { kind: "text", text: json } : { kind: "other", text: spelled(json) }] }];
}

/** The list of messages: itself, or a member that frameworks keep them in. */
function listOf(json: Json | undefined): Json[] | undefined {
  if (Array.isArray(json)) {
    const [first] = json;
    // Some wrap it once more, a list for each prompt of a batch.
    return json.length === 1 && Array.isArray(first) ? first : json;
  }
  if (!isMembers(json)) return undefined;
  const within = json.messages ?? json.choices;
  return within === undefined ? undefined : listOf(within);
}

function messageOf(json: Json, usual: string): Message | null {
  if (typeof json === "string") return { role: usual, parts: [{ kind: "text", text: json }] };
  if (!isMembers(json)) return null;
  const inner = isMembers(json.message) ? json.message : json;
  const role = text(inner.role) ?? text(json.role) ?? usual;
  const parts = [...partsOf(inner.parts), ...contentOf(inner, role), ...callsOf(inner), ...spreadCalls(inner)];
  if (parts.length > 0) return { role, parts };
  // A message without a word, as one whose content was left out.
  return inner.role !== undefined || json.message !== undefined ? { role, parts: [] } : null;
}

function partsOf(json: Json | undefined): Part[] {
  return Array.isArray(json) ? json.map(partOf) : [];
}

function partOf(json: Json): Part {
  if (typeof json === "string") return { kind: "text", text: json };
  if (!isMembers(json)) return { kind: "other", text: spelled(json) };
  const type = text(json.type) ?? "text";
  const said = text(json.content) ?? text(json.text);
  const id = text(json.id) ?? text(json.tool_use_id) ?? text(json.tool_call_id) ?? null;
  switch (type) {
    case "text":
    case "input_text":
    case "output_text":
      return said === undefined ? { kind: "other", text: spelled(json) } : { kind: "text", text: said };
    case "reasoning":
    case "thinking":
      return { kind: "thought", text: said ?? text(json.thinking) ?? spelled(json) };
    case "tool_call":
    case "tool_use":
      return { kind: "call", name: text(json.name) ?? "a tool", id, arguments: spelled(json.arguments ?? json.input) };
    case "tool_call_response":
    case "tool_result":
      return { kind: "result", id, text: spelled(json.response ?? json.result ?? json.content) };
    default:
      return fileOf(type, json) ?? { kind: "other", text: spelled(json) };
  }
}

const BASE64_BYTES = 0.75;

/** Pictures and files come as text a hundred times longer than anybody reads. */
function fileOf(type: string, json: Members): Part | null {
  if (!/image|audio|video|file|blob|uri|media/.test(type)) return null;
  const source = isMembers(json.image_url) ? json.image_url.url : (json.image_url ?? json.source ?? json.data ?? json.content ?? json.uri);
  const data = isMembers(source) ? text(source.data) : text(source);
  const mime = text(json.mime_type) ?? text(json.media_type) ?? /^data:([\w/+.-]+)/.exec(data ?? "")?.[1] ?? text(json.modality) ?? type;
  const isLink = /^https?:/.test(data ?? "");
  return { kind: "file", type: mime, bytes: data === undefined || isLink ? null : Math.round(data.length * BASE64_BYTES) };
}

/** What OpenAI's form and the dialects spread over attributes call the content. */
function contentOf(json: Members, role: string): Part[] {
  const { content } = json;
  const id = text(json.tool_call_id) ?? text(json.id) ?? null;
  const isResult = role === "tool" || role === "function";
  if (typeof content === "string") return content === "" ? [] : [isResult ? { kind: "result", id, text: content } : { kind: "text", text: content }];
  if (Array.isArray(content)) return content.map(partOf);
  if (content !== undefined && content !== null) return [isResult ? { kind: "result", id, text: spelled(content) } : { kind: "other", text: spelled(content) }];
  const plain = text(json.text);
  if (plain !== undefined) return [{ kind: "text", text: plain }];
  return spread(json, /^contents\.(\d+)\.message_content\.text$/).map((said) => ({ kind: "text", text: said }));
}

function callsOf(json: Members): Part[] {
  if (!Array.isArray(json.tool_calls)) return [];
  return json.tool_calls.filter(isMembers).map((call): Part => {
    const of = isMembers(call.function) ? call.function : call;
    return { kind: "call", name: text(of.name) ?? "a tool", id: text(call.id) ?? null, arguments: spelled(of.arguments) };
  });
}

/** `tool_calls.0.tool_call.function.name` of OpenInference, `tool_calls.0.name` of OpenLLMetry. */
function spreadCalls(json: Members): Part[] {
  const calls = new Map<string, { name: string; id: string | null; arguments: string }>();
  for (const [key, value] of Object.entries(json)) {
    const [, at, member] = /^tool_calls\.(\d+)\.(?:tool_call\.)?(?:function\.)?(name|arguments|id)$/.exec(key) ?? [];
    if (at === undefined || member === undefined) continue;
    const call = calls.get(at) ?? { name: "a tool", id: null, arguments: "" };
    calls.set(at, { ...call, [member]: spelled(value) });
  }
  return [...calls.values()].map((call) => ({ kind: "call", ...call }));
}

/** The members of a list that is spread over names, in their order. */
function spread(json: Members, pattern: RegExp): string[] {
  const found = Object.entries(json).flatMap(([key, value]): [number, string][] => {
    const at = pattern.exec(key)?.[1];
    return at === undefined ? [] : [[Number(at), spelled(value)]];
  });
  return found.sort((a, b) => a[0] - b[0]).map(([, said]) => said);
}

/** Two messages are the same if they are of one role and say the same; ids differ from form to form. */
export function keyOf({ role, parts }: Message): string {
  const told = parts.filter((p) => p.kind !== "thought").map((p) => (p.kind === "call" ? ["call", p.name, p.arguments.replace(/\s/g, "")] : p.kind === "file" ? ["file", p.type, p.bytes] : [p.kind, p.text.trim()]));
  return JSON.stringify([role, ...told]);
}
