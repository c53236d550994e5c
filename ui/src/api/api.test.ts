import { describe, expect, it } from "vitest";
import { refusal } from "./client";
import { during, instant, literal, quoted } from "./sql";
import { messages } from "./stream";

describe("the stream", () => {
  it("comes in any pieces", () => {
    const first = messages('event: events\ndata: {"a":1}\n\nevent: al');
    expect(first.done).toEqual([{ event: "events", data: { a: 1 } }]);
    const second = messages(`${first.rest}ert\r\ndata: {"b":\r\ndata: 2}\r\n\r\n: keep-alive\n\n`);
    expect(second.done).toEqual([{ event: "alert", data: { b: 2 } }]);
    expect(second.rest).toBe("");
  });
  it("drops what is no JSON", () => {
    expect(messages("data: hello\n\n").done).toEqual([]);
  });
});

describe("statements", () => {
  it("spell names, texts and instants", () => {
    expect(quoted('a"b')).toBe('"a""b"');
    expect(literal("it's")).toBe("'it''s'");
    expect(instant(0)).toBe("TIMESTAMP '1970-01-01 00:00:00.000'");
    expect(during({ from: 0, to: 1000 }, "p.time")).toContain("p.time < TIMESTAMP '1970-01-01 00:00:01.000'");
  });
});

describe("refusals", () => {
  it("are read from problems, and from what strangers answer", () => {
    expect(refusal(422, { detail: "No.", code: "no", hint: "Yes." })).toMatchObject({ message: "No.", code: "no", hint: "Yes.", status: 422 });
    expect(refusal(502, "<html>").message).toBe("The server answered with status 502.");
  });
});
