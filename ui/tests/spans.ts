import type { APIRequestContext } from "@playwright/test";

/** Exports of OpenTelemetry's traces, as its SDKs send them in JSON. */

type Told = string | number | boolean | Told[] | { [key: string]: Told };

export interface Made {
  trace: number;
  id: number;
  parent?: number;
  name: string;
  /** Milliseconds after the first span, and its length. */
  at: number;
  ms: number;
  service?: string;
  error?: string;
  attributes?: Record<string, Told>;
  events?: { at: number; name: string; attributes?: Record<string, Told> }[];
}

export const traceId = (n: number) => (0xabc0 + n).toString(16).padStart(32, "0");
export const spanId = (n: number) => (0xf000 + n).toString(16).padStart(16, "0");

function value(told: Told): unknown {
  if (typeof told === "string") return { stringValue: told };
  if (typeof told === "boolean") return { boolValue: told };
  if (typeof told === "number") return Number.isInteger(told) ? { intValue: String(told) } : { doubleValue: told };
  if (Array.isArray(told)) return { arrayValue: { values: told.map(value) } };
  return { kvlistValue: { values: pairs(told) } };
}

const pairs = (told: Record<string, Told>) => Object.entries(told).map(([key, v]) => ({ key, value: value(v) }));

/** An export of spans; the first of them begins at `start`. */
export function exported(spans: readonly Made[], start: number): unknown {
  const nanos = (ms: number) => String(BigInt(Math.round((start + ms) * 1000)) * 1000n);
  const services = [...new Set(spans.map((s) => s.service ?? "shop"))];
  const written = (span: Made) => ({
    traceId: traceId(span.trace),
    spanId: spanId(span.id),
    parentSpanId: span.parent === undefined ? "" : spanId(span.parent),
    name: span.name,
    kind: 3,
    startTimeUnixNano: nanos(span.at),
    endTimeUnixNano: nanos(span.at + span.ms),
    attributes: pairs(span.attributes ?? {}),
    events: (span.events ?? []).map((e) => ({ timeUnixNano: nanos(e.at), name: e.name, attributes: pairs(e.attributes ?? {}) })),
    status: span.error === undefined ? {} : { code: 2, message: span.error },
  });
  return {
    resourceSpans: services.map((service) => ({
      resource: { attributes: pairs({ "service.name": service, "deployment.environment.name": "staging", "cloud.region": "eu-central-1" }) },
      scopeSpans: [{ scope: { name: "shop.assistant", version: "2.1" }, spans: spans.filter((s) => (s.service ?? "shop") === service).map(written) }],
    })),
  };
}

/** Sends spans, and waits until they are stored. */
export async function send(request: APIRequestContext, url: string, spans: readonly Made[], start: number): Promise<void> {
  const reply = await request.post(`${url}/v1/traces`, { data: exported(spans, start) });
  if (!reply.ok()) throw new Error(`spans were refused: ${reply.status()} ${await reply.text()}`);
  const told = (await reply.json()) as { partialSuccess?: { errorMessage?: string } };
  if (told.partialSuccess?.errorMessage) throw new Error(told.partialSuccess.errorMessage);
}

const text = (role: string, content: string): Told => ({ role, parts: [{ type: "text", content }] });

const ASKED = ["Where is my parcel?", "When will it come?", "Then cancel it.", "Thank you!"];
const ANSWERED = ["It is on its way: it left Lyon this morning.", "On Thursday, before noon.", "It is cancelled. You have your money back within 5 days.", "You are welcome."];

/** What the model is given with turn `n`: all that was said before, as most clients send it. */
function history(n: number): Told[] {
  const before = ASKED.slice(0, n).flatMap((asked, at) => [text("user", asked), text("assistant", ANSWERED[at] ?? "")]);
  return [text("system", "You help customers of a shop. Be brief."), ...before, text("user", ASKED[n] ?? "")];
}

/** Four turns of one conversation, a trace each: an agent that looks something up, calls a tool and a model. */
export function conversation(first: number, name = "conv_9"): Made[] {
  return ASKED.flatMap((_, n): Made[] => {
    const [trace, id, at] = [first + n, 10 * (first + n), n * 40_000];
    const chat = { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.conversation.id": name };
    return [
      { trace, id, name: "invoke_agent shop", at, ms: 1900 + n * 150, attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "shop", "gen_ai.agent.id": "asst_1", "gen_ai.conversation.id": name } },
      {
        trace, id: id + 1, parent: id, name: "retrieval help", at: at + 5, ms: 41, service: "search",
        attributes: {
          "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "help-pages", "gen_ai.retrieval.query.text": ASKED[n] ?? "",
          "gen_ai.retrieval.documents": [{ id: "parcels", score: 0.91, content: "Parcels within the country take two days." }, { id: "refunds", score: 0.44, content: "Refunds take five days." }],
        },
      },
      {
        trace, id: id + 2, parent: id, name: "execute_tool track", at: at + 60, ms: 230,
        attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track", "gen_ai.tool.type": "function", "gen_ai.tool.call.id": "call_1", "gen_ai.tool.call.arguments": { parcel: 42 }, "gen_ai.tool.call.result": "left Lyon at 8:10" },
      },
      { trace, id: id + 3, parent: id + 2, name: "GET /parcels/42", at: at + 64, ms: 180, service: "carrier", attributes: { "http.request.method": "GET", "server.address": "carrier.example" } },
      {
        trace, id: id + 4, parent: id, name: "chat gpt-4o", at: at + 310, ms: 1450 + n * 150,
        attributes: {
          ...chat, "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 640 + n * 90, "gen_ai.usage.output_tokens": 31 + n * 4,
          "gen_ai.request.temperature": 0.2, "gen_ai.response.time_to_first_chunk": 0.42, "server.address": "api.openai.com",
          "gen_ai.input.messages": history(n), "gen_ai.output.messages": [text("assistant", ANSWERED[n] ?? "")],
        },
      },
    ];
  });
}

/** A trace that failed: a call that was refused and tried again, a child before its parent, and one whose parent never came. */
export function failing(trace: number): Made[] {
  const id = 10 * trace;
  return [
    { trace, id, name: "POST /assist", at: 0, ms: 640, service: "gateway", error: "upstream failed" },
    { trace, id: id + 1, parent: id, name: "chat gpt-4o", at: -35, ms: 210, service: "worker", error: "429 from upstream", attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "error.type": "rate_limit_exceeded" }, events: [{ at: 170, name: "exception", attributes: { "exception.type": "RateLimitError", "exception.message": "slow down" } }] },
    { trace, id: id + 2, parent: id + 9, name: "audit", at: 300, ms: 12, service: "audit" },
  ];
}

/** A trace of so many spans, several levels deep. */
export function large(trace: number, first: number, spans: number): Made[] {
  return Array.from({ length: spans }, (_, n): Made => {
    const parent = n === 0 ? undefined : first + Math.floor((n - 1) / 6);
    return { trace, id: first + n, parent, name: n === 0 ? "nightly batch" : `step ${n}`, at: n * 4, ms: n === 0 ? spans * 4 : 30 + (n % 7) * 11, error: n % 97 === 96 ? "step failed" : undefined };
  });
}

/** Keeps what is said, of all spans. */
export const KEEP = "apiVersion: candor/v1\nkind: Policy\nmetadata: {name: content}\nspec:\n  privacy: {content: keep}\n";
