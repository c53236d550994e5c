import { describe, expect, it } from "vitest";
import { FIRST, span } from "./made";
import { contentPolicy, documents, entries, found, keeping, saidBeside } from "./details";
import { attributeSql, conditions, histogramSql, readAttribute, readListed, spellings, tracesSql } from "./listing";
import { snippets } from "./FirstSpan";
import { micros, predictionId, readSpan, spanSql, traceIn, traceSql } from "./spans";
import { statusOf } from "./status";
import { extentOf, oddities, sentence, ticks, totals } from "./trace";
import { ancestors, forest, moved, nextFailed, type Node, rowsOf } from "./tree";

const names = (nodes: readonly Node[]) => nodes.map((n) => `${"  ".repeat(n.depth)}${n.span.name}`);
const open = new Set<string>();

describe("the tree of a trace", () => {
  it("has spans beneath their parents, as they began", () => {
    const roots = forest([span("c", "a", 20), span("a", null, 0), span("b", "a", 10), span("d", "b", 15)]);
    expect(names(rowsOf(roots, open))).toEqual(["a", "  b", "    d", "  c"]);
    expect(roots[0]?.below).toBe(3);
    expect(names(rowsOf(roots, new Set(["b"])))).toEqual(["a", "  b", "  c"]);
  });
  it("has at the root whose parent is not here, and says so", () => {
    const roots = forest([span("a", null, 0), span("b", "gone", 5), span("c", "b", 6)]);
    expect(roots.map((n) => [n.span.name, n.place])).toEqual([["a", "root"], ["b", "orphan"]]);
    expect(oddities(roots, rowsOf(roots, open))).toEqual(["1 span has a parent that is not here: late, not sampled, or sent elsewhere. It stands at the root."]);
  });
  it("tells of clocks that differ, and not of what a clock cannot tell", () => {
    const roots = forest([span("a", null, 10), span("b", "a", -2), span("c", "a", 9.5)]);
    const rows = rowsOf(roots, open);
    expect(rows.map((n) => n.early)).toEqual([0, 12, 0]);
    expect(oddities(roots, rows)[0]).toMatch(/^1 span begins before its parent, by up to 12 ms/);
    // Drawn as it was sent: the trace begins with it.
    expect(extentOf(rows.map((n) => n.span)).from).toBe(FIRST - 2000);
  });
  it("loses no span, whatever senders say", () => {
    const roots = forest([span("a", "a", 0), span("b", "c", 1), span("c", "b", 2), span("d", "c", 3), span("e", null, 4), span("e", null, 5)]);
    const rows = rowsOf(roots, open);
    expect(rows).toHaveLength(6);
    expect(new Set(rows.map((n) => n.key)).size).toBe(6);
    expect(roots.map((n) => n.place)).toEqual(["circle", "circle", "root", "root"]);
    expect(names(rows)).toEqual(["a", "b", "  c", "    d", "e", "e"]);
  });
  it("is made of a chain as long as a trace may be", () => {
    const chain = Array.from({ length: 10_000 }, (_, at) => span(`s${at}`, at === 0 ? null : `s${at - 1}`, at));
    const rows = rowsOf(forest(chain), open);
    expect(rows[9_999]?.depth).toBe(9_999);
    expect(rows[0]?.below).toBe(9_999);
  });
  it("leads from one span that failed to the next", () => {
    const roots = forest([span("a", null, 0), span("b", "a", 1, { status: "error" }), span("c", "b", 2), span("d", "a", 3, { status: "error" })]);
    expect(["a", "b", "d", null].map((key) => nextFailed(roots, key)?.key)).toEqual(["b", "d", "b", "b"]);
    expect(nextFailed(forest([span("a", null, 0, { status: "error" })]), "a")).toBeNull();
    expect(ancestors(rowsOf(roots, open)[2] as Node).map((n) => n.key)).toEqual(["b", "a"]);
  });
  it("is walked by keys", () => {
    const roots = forest([span("a", null, 0), span("b", "a", 1), span("c", "b", 2), span("d", null, 3)]);
    const rows = rowsOf(roots, open);
    const [a, b, c, d] = rows as [Node, Node, Node, Node];
    expect(moved(rows, a, "ArrowDown", open)).toEqual({ to: b });
    expect(moved(rows, a, "ArrowUp", open)).toBeNull();
    expect(moved(rows, a, "ArrowRight", open)).toEqual({ to: b });
    expect(moved(rows, a, "ArrowLeft", open)).toEqual({ close: a });
    expect(moved(rows, a, "ArrowRight", new Set(["a"]))).toEqual({ open: a });
    expect(moved(rows, c, "ArrowLeft", open)).toEqual({ to: b });
    expect(moved(rows, c, "ArrowRight", open)).toBeNull();
    expect(moved(rows, b, "End", open)).toEqual({ to: d });
    expect(moved(rows, a, "x", open)).toBeNull();
  });
});

describe("a trace", () => {
  const spans = [
    span("agent", null, 0, { name: "invoke_agent shop", durationMs: 900, inputTokens: 1000, named: "gpt-4o" }),
    span("call", "agent", 10, { model: "gpt-4o", inputTokens: 1000, outputTokens: 200, costUsd: 0.004 }),
    span("again", "agent", 400, { model: "gpt-4o", status: "error" }),
  ];
  it("says what it was and whether it failed", () => {
    expect(sentence(forest(spans), totals(spans))).toBe("invoke_agent shop took 900 ms; 1 of its 3 spans failed.");
    expect(sentence(forest(spans.slice(1)), totals(spans.slice(1, 2)))).toBe("The beginning of this trace is not here; what is took 5 ms, and no span of it failed.");
    expect(spans.map((s) => statusOf(s).word)).toEqual(["unset", "unset", "failed"]);
  });
  it("counts tokens of calls once, and says what has no price", () => {
    expect(totals(spans)).toMatchObject({ inputTokens: 1000, outputTokens: 200, costUsd: 0.004, calls: 2, uncosted: 1, models: ["gpt-4o"] });
    expect(totals([span("a", null, 0)])).toMatchObject({ inputTokens: null, costUsd: null, models: [] });
  });
  it("has a ruler of round steps", () => {
    expect(ticks(900, 4)).toEqual([0, 500]);
    expect(ticks(1000, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(ticks(0.35, 4)).toHaveLength(4);
    expect(ticks(3 * 3_600_000, 4)).toEqual([0, 3_600_000, 7_200_000, 10_800_000]);
    expect(ticks(0, 4)).toEqual([0]);
  });
});

describe("spans", () => {
  it("are known to the microsecond", () => {
    expect(micros("2026-01-15T12:00:00.260500Z") - micros("2026-01-15T12:00:00Z")).toBe(260_500);
    expect(micros("2026-01-15T12:00:00.010Z")).toBe(Date.parse("2026-01-15T12:00:00.010Z") * 1000);
    const read = readSpan({ trace_id: "t", span_id: "s", time: "2026-01-15T12:00:00.000001Z", name: "", request_model: "gpt-4o", status: "odd" });
    expect(read).toMatchObject({ name: "(without a name)", model: null, named: "gpt-4o", status: null, durationMs: null });
  });
  it("are asked for by ids that are no way into the statement", () => {
    expect(traceSql("ABC' OR 1=1 --", undefined)).toContain("WHERE trace_id = 'abc'' or 1=1 --' ORDER BY");
    expect(traceSql("abc", "2026-01-15T12:00:00Z")).toContain("time >= TIMESTAMP '2026-01-14 12:00:00.000'");
    expect(traceSql("abc", "yesterday")).not.toContain("TIMESTAMP");
    expect(spanSql({ traceId: "t", spanId: "s'", start: FIRST + 999 })).toContain("span_id = 's''' AND time >= TIMESTAMP");
  });
  it("are found by whatever names them", () => {
    const [trace, own] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    expect(traceIn(trace)).toEqual({ traceId: trace, spanId: null });
    expect(traceIn(` ${trace.toUpperCase()}-${own} `)).toEqual({ traceId: trace, spanId: own });
    expect(traceIn(`00-${trace}-${own}-01`)).toEqual({ traceId: trace, spanId: own });
    expect(traceIn(predictionId({ traceId: trace, spanId: own }))).toEqual({ traceId: trace, spanId: own });
    for (const none of ["", "credit-risk", trace.slice(1), `${trace}-x`]) expect(traceIn(none)).toBeNull();
  });
});

describe("a search", () => {
  const range = { from: Date.parse("2026-11-10T00:00:00Z"), to: Date.parse("2026-11-11T00:00:00Z") };
  it("is no way into the statement", () => {
    const evil = "x' OR 1=1 --";
    expect(conditions({ service: evil })).toEqual(["service_name = 'x'' OR 1=1 --'"]);
    expect(conditions({ model: evil })[0]).toContain("(model = 'x'' OR 1=1 --' OR request_model = ");
    for (const wanted of [{ operation: evil }, { conversation: evil }, { said: evil }, { attr: [`a=${evil}`] }, { attr: [`${evil} is known`] }, { attr: [`a'b=c`] }]) {
      // Between the quotation marks of texts nothing is left of it.
      const bare = conditions(wanted).join(" ").replaceAll(/'(?:[^']|'')*'/g, "");
      expect(bare).not.toMatch(/1=1|--|'/);
    }
    expect(conditions({ min: "1; DROP", status: "'" })).toEqual([]);
    expect(tracesSql({}, range, { time: evil, id: evil })).toContain("trace_id < 'x'' OR 1=1 --'");
  });
  it("takes attributes where they stand", () => {
    expect(readAttribute("server.address = api.openai.com")).toEqual({ name: "server.address", value: "api.openai.com" });
    expect(readAttribute("q=a=b")).toEqual({ name: "q", value: "a=b" });
    expect(readAttribute("http.route is known")).toEqual({ name: "http.route", value: null });
    expect(readAttribute("hello")).toMatch(/^Write an attribute/);
    expect(attributeSql({ name: "a", value: "b" })).toBe(`(strpos(attributes, '"a":"b"') > 0 OR strpos(resource, '"a":"b"') > 0)`);
    // 40 is no 400.
    expect(attributeSql({ name: "n", value: "40" })).toContain(`'"n":40,'`);
    expect(attributeSql({ name: "gen_ai.request.temperature", value: "0.2" })).toContain(`"temperature" = 0.2`);
    expect(attributeSql({ name: "gen_ai.conversation.id", value: "c" })).toContain(`CAST("conversation_id" AS VARCHAR) = 'c'`);
    expect(attributeSql({ name: 'say "hi"', value: null })).toContain(`'"say \\"hi\\"":'`);
  });
  it("finds words however JSON spells them", () => {
    expect(spellings("plain")).toEqual(["plain"]);
    expect(spellings('„so“ "x"')).toEqual(['„so“ "x"', '„so“ \\"x\\"', '\\u201eso\\u201c \\"x\\"']);
    expect(conditions({ said: "Grüße" })[0]).toContain("lower(input), 'gr\\u00fc\\u00dfe')");
  });
  it("goes on after a trace, and counts calls of models once", () => {
    const sql = tracesSql({ status: "failed" }, range, { time: "2026-11-10T02:00:00.000001Z", id: "abc" });
    expect(sql).toContain("HAVING max(time) < CAST('2026-11-10T02:00:00.000001Z' AS TIMESTAMP)");
    expect(sql).toContain("sum(CASE WHEN s.model IS NOT NULL THEN s.cost_usd END) AS cost_usd");
    expect(sql).toContain("s.time >= TIMESTAMP '2026-11-09 23:00:00.000'");
    expect(histogramSql({ min: "500" }, range)).toContain("AND duration_ms >= 500 GROUP BY 1");
    const row = { trace_id: "t", matched: "", matching: 1, began: "2026-11-10T00:00:00Z", ended: "2026-11-10T00:00:00.250500Z", root: null, first: "late", failed: 0 };
    expect(readListed(row)).toMatchObject({ durationMs: 250.5, name: "late", hasRoot: false });
  });
});

describe("a span's details", () => {
  const row = {
    time: "2026-01-15T12:00:00.400Z",
    attributes: '{"server.address":"api.openai.com","gen_ai.tool.call.arguments":{"parcel":42},"gen_ai.tool.call.result":"delayed"}',
    events: '[{"time":"2026-01-15T12:00:00.404000Z","name":"exception","attributes":{"exception.type":"RateLimitError"}}]',
    links: '[{"trace_id":"abc0","span_id":"f002","attributes":{"why":"retry"}}]',
    resource: "not json",
    documents: '[{"id":"d1","score":0.9,"content":"Parcels take days."},{"id":"d2","score":"0.4","page":3},{"content":null}]',
  };
  it("are one table", () => {
    expect(entries(row).map((e) => `${e.of}: ${e.name} = ${e.value}`)).toEqual([
      "attribute: server.address = api.openai.com",
      'attribute: gen_ai.tool.call.arguments = {\n "parcel": 42\n}',
      "attribute: gen_ai.tool.call.result = delayed",
      "event: exception = +4 ms",
      "event exception: exception.type = RateLimitError",
      "link: abc0 = f002",
      "link f002: why = retry",
    ]);
    expect(found(entries(row), "RATELIMIT")).toHaveLength(1);
    expect(found(entries(row), " ")).toHaveLength(7);
  });
  it("tell of documents and tools", () => {
    expect(documents(row)).toEqual([
      { id: "d1", score: 0.9, content: "Parcels take days.", rest: "" },
      { id: "d2", score: 0.4, content: null, rest: '{"page":3}' },
      { id: "", score: null, content: null, rest: "" },
    ]);
    expect(saidBeside(row)).toEqual([
      { words: "Arguments", text: '{\n "parcel": 42\n}' },
      { words: "Result", text: "delayed" },
    ]);
    expect(saidBeside({ attributes: '{"gen_ai.system_instructions":[{"type":"text","content":"Be kind."}],"gen_ai.retrieval.query.text":"parcel"}' })).toEqual([
      { words: "Instructions", text: "Be kind." },
      { words: "Query", text: "parcel" },
    ]);
  });
  it("know which policy keeps what is said", () => {
    const policy = (name: string, models: string[], content: string) => ({ metadata: { name }, spec: { models, privacy: { content } } });
    expect(keeping([policy("gpt", ["gpt-4o"], "keep")], "gpt-4o")).toBe("gpt");
    expect(keeping([policy("gpt", ["gpt-4o"], "keep")], null)).toBeNull();
    expect(keeping([policy("all", [], "keep"), policy("strict", ["m"], "drop")], "m")).toBeNull();
    expect(keeping([policy("all", [], "keep"), policy("strict", ["m"], "drop")], null)).toBe("all");
    expect(contentPolicy("gpt-4o")).toContain('models: ["gpt-4o"]');
    expect(contentPolicy(null)).not.toContain("models");
  });
});

it("shows ways in that work behind a prefix", () => {
  for (const { code } of snippets("https://x.org/candor")) expect(code).toContain("https://x.org/candor");
});
