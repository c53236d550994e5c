import { describe, expect, it } from "vitest";
import { conversationSql, dialogue, finishWords, type Turn, turnsOf } from "./conversation";
import { span } from "./made";
import { keyOf, type Message, messagesOf } from "./messages";

const short = (messages: readonly Message[]) => messages.map(({ role, parts }) => `${role}: ${parts.map((p) => (p.kind === "call" ? `${p.name}(${p.arguments})` : p.kind === "file" ? `[${p.type} ${p.bytes}]` : p.text)).join(" | ")}`);

describe("what was said", () => {
  const read = (json: unknown, role: "user" | "assistant" = "user") => short(messagesOf(typeof json === "string" ? json : JSON.stringify(json), role));
  it("is read in every form that senders have", () => {
    const cases: [unknown, string[]][] = [
      ["Where is my parcel?", ["user: Where is my parcel?"]],
      [[{ role: "user", parts: [{ type: "text", content: "Hi" }] }], ["user: Hi"]],
      [[{ role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "track", arguments: { parcel: 42 } }] }], ['assistant: track({\n "parcel": 42\n})']],
      [[{ role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "delayed" }] }], ["tool: delayed"]],
      [[{ role: "user", content: [{ type: "text", text: "Hi" }, { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }], ["user: Hi | [image/png 20]"]],
      [[{ role: "assistant", content: null, tool_calls: [{ id: "c1", function: { name: "track", arguments: '{"parcel":42}' } }] }], ['assistant: track({"parcel":42})']],
      [[{ role: "tool", tool_call_id: "c1", content: "delayed" }], ["tool: delayed"]],
      [[{ role: "assistant", "tool_calls.0.tool_call.function.name": "track", "tool_calls.0.tool_call.function.arguments": "{}" }], ["assistant: track({})"]],
      [[{ role: "user", "contents.1.message_content.text": "b", "contents.0.message_content.text": "a" }], ["user: a | b"]],
      [[{ index: 0, finish_reason: "stop", message: { content: "Hello" } }], ["user: Hello"]],
      [{ messages: [[{ role: "user", content: "Hi" }]] }, ["user: Hi"]],
      [["a", "b"], ["user: a", "user: b"]],
      [{ question: "x" }, ['user: {\n "question": "x"\n}']],
      ["[not json", ["user: [not json"]],
      [[1, 2], ["user: [\n 1,\n 2\n]"]],
      ["", []],
    ];
    for (const [json, told] of cases) expect(read(json)).toEqual(told);
    expect(read("Hello", "assistant")).toEqual(["assistant: Hello"]);
    expect(messagesOf(null, "user")).toEqual([]);
  });
  it("is the same in two forms", () => {
    const [a, b] = [[{ role: "user", parts: [{ type: "text", content: "Hi " }] }], [{ role: "user", content: "Hi" }]].map((m) => messagesOf(JSON.stringify(m), "user")[0]);
    expect(a && b && keyOf(a) === keyOf(b)).toBe(true);
  });
});

describe("a conversation", () => {
  const turn = (id: string, ms: number, said: unknown[], answered: unknown[] | null, more: Partial<Turn> = {}): Turn => ({
    ...span(id, null, ms, { model: "m", operation: "chat", conversationId: "c" }),
    input: JSON.stringify(said),
    output: answered && JSON.stringify(answered),
    dropped: 0,
    ...more,
  });
  const user = (content: string) => ({ role: "user", content });
  const bot = (content: string) => ({ role: "assistant", content });
  it("is told without what is sent again with every turn", () => {
    const system = { role: "system", content: "Be kind." };
    const told = dialogue([
      turn("1", 0, [system, user("yes")], [bot("Really?")]),
      turn("2", 1, [system, user("yes"), bot("Really?"), user("yes")], [bot("Fine.")]),
      turn("3", 2, [user("yes")], [bot("Again?")]),
    ]);
    expect(told.map((t) => [short(t.said), short(t.answered), t.repeated])).toEqual([
      [["system: Be kind.", "user: yes"], ["assistant: Really?"], 0],
      [["user: yes"], ["assistant: Fine."], 3],
      [["user: yes"], ["assistant: Again?"], 0],
    ]);
  });
  it("keeps results of tools between two calls, and examples of the first turn", () => {
    const call = { role: "assistant", content: null, tool_calls: [{ id: "x", function: { name: "track", arguments: "{}" } }] };
    const result = { role: "tool", tool_call_id: "x", content: "delayed" };
    const told = dialogue([turn("1", 0, [user("a"), bot("example"), user("Where?")], [call]), turn("2", 1, [user("a"), bot("example"), user("Where?"), call, result], [bot("Late.")])]);
    expect(told.map((t) => short(t.said))).toEqual([["user: a", "assistant: example", "user: Where?"], ["tool: delayed"]]);
  });
  it("has as turns the calls that answer, and without any the outermost span", () => {
    const plain = (id: string, trace: string, more: Partial<Turn>): Turn => ({ ...span(id, null, 0), traceId: trace, input: null, output: null, dropped: 0, ...more });
    const turns = turnsOf(
      [
        plain("agent", "t1", { conversationId: "c" }),
        plain("call", "t1", { model: "m", operation: "chat", parentId: "agent" }),
        plain("embed", "t1", { model: "e", operation: "embeddings", parentId: "agent" }),
        plain("own", "t2", { model: "m", operation: "chat", conversationId: "c" }),
        plain("guard", "t2", { model: "g", operation: "chat" }),
        plain("chain", "t3", { conversationId: "c" }),
        plain("step", "t3", { conversationId: "c", parentId: "chain" }),
      ],
      "c",
    );
    expect(turns.map((t) => t.spanId)).toEqual(["call", "own", "chain"]);
  });
  it("is asked for by an id that is no way into the statement", () => {
    const sql = conversationSql("x' OR 1=1 --");
    expect(sql.replaceAll(/'(?:[^']|'')*'/g, "")).not.toMatch(/1=1|--|'/);
  });
  it("says why each answer ended", () => {
    expect(["[\"stop\",\"length\"]", "stop", null].map(finishWords)).toEqual(["stop, length", "stop", ""]);
  });
});
