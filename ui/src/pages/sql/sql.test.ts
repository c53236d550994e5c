import { describe, expect, it } from "vitest";
import type { Cell, SqlTable } from "../../api/sql";
import { plotChoice, plotOf, timeNames } from "./plot";
import { readSaved, withSaved } from "./saved";
import { nameOf, namespace, tablesOf, typeWord } from "./tables";

const row = (table_schema: string, table_name: string, column_name: string, data_type: string) => ({ table_schema, table_name, column_name, data_type });
const table = (columns: [string, string][], rows: Cell[][]): SqlTable => ({
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
  truncated: false,
  elapsedMs: 1,
  scannedRows: rows.length,
});
const TIME = "Timestamp(Microsecond, Some(\"UTC\"))";

describe("tables", () => {
  const tables = tablesOf([
    row("credit-risk", "predictions", "id", "Utf8"),
    row("credit-risk", "predictions", "latency_ms", "Float64"),
    row("_all", "predictions", "time", TIME),
    row("loan", "outcomes", "id", "Utf8"),
  ]);
  it("of all models come first, under the names that SQL wants", () => {
    expect(tables.map(nameOf)).toEqual(["predictions", '"credit-risk".predictions', "loan.outcomes"]);
  });
  it("are completed with their columns", () => {
    expect(namespace(tables)).toMatchObject({
      "credit-risk": { predictions: [{ label: "id", detail: "text" }, { label: "latency_ms", detail: "number" }] },
      predictions: [{ label: "time", detail: "time" }],
    });
  });
  it("have types in a word", () => {
    expect(["Int64", "Utf8View", "Boolean", TIME, "List(Float64)", "Binary"].map(typeWord)).toEqual(["number", "text", "yes or no", "time", "list", "binary"]);
  });
});

describe("a chart of a result", () => {
  const byDay = table([["day", TIME], ["model", "Utf8"], ["n", "Int64"], ["mean", "Float64"]], [
    ["2026-01-02T00:00:00Z", "a", 2, 0.5],
    ["2026-01-01T00:00:00Z", "a", 1, null],
  ]);
  it("takes time along and the first numbers upwards, unless told otherwise", () => {
    expect(plotChoice(byDay, {})).toEqual({ x: "day", y: ["n"], by: null });
    expect(plotChoice(byDay, { x: "model", y: "mean,n" })).toEqual({ x: "model", y: ["mean", "n"], by: null });
  });
  it("forgets columns that the result does not have", () => {
    expect(plotChoice(byDay, { x: "gone", y: "gone" })).toEqual({ x: "day", y: ["n"], by: null });
  });
  it("is in the order of time, with gaps left open", () => {
    const plot = plotOf(byDay, { x: "day", y: ["mean"], by: null });
    expect(plot.kind).toBe("time");
    expect(plot.lines[0]?.points.map(([, value]) => value)).toEqual([null, 0.5]);
  });
  it("has a line for each text where x comes twice, unless that is not wished", () => {
    const both = table([["day", TIME], ["model", "Utf8"], ["n", "Int64"]], [
      ["2026-01-01T00:00:00Z", "a", 1],
      ["2026-01-01T00:00:00Z", "b", 2],
      ["2026-01-02T00:00:00Z", "b", 3],
    ]);
    const choice = plotChoice(both, {});
    expect(choice).toEqual({ x: "day", y: ["n"], by: "model" });
    expect(plotOf(both, choice!).lines.map(({ name, points }) => [name, points.length])).toEqual([
      ["b", 2],
      ["a", 1],
    ]);
    expect(plotChoice(both, { by: "none" })?.by).toBeNull();
  });
  it("leaves lines out that nobody could tell apart", () => {
    const rows = Array.from({ length: 9 }, (_, at): Cell[] => [1, `m${at}`, at]);
    const many = table([["x", "Int64"], ["model", "Utf8"], ["n", "Int64"]], rows);
    const plot = plotOf(many, { x: "x", y: ["n"], by: "model" });
    expect([plot.lines.length, plot.left]).toEqual([5, 4]);
  });
  it("names places in time so that each can be read by itself", () => {
    const at = (text: string) => Date.parse(text);
    const names = (from: string, to: string, ...places: string[]) => places.map((place) => timeNames([at(from), at(to)], at("2026-11-20T12:00:00Z"))(at(place)));
    expect(names("2026-11-01T00:00:00Z", "2026-11-15T00:00:00Z", "2026-11-03T00:00:00Z", "2026-11-03T12:00:00Z")).toEqual(["3 Nov", "12:00\n3 Nov"]);
    expect(names("2025-12-28T00:00:00Z", "2026-01-05T00:00:00Z", "2025-12-30T00:00:00Z", "2026-01-03T00:00:00Z")).toEqual(["30 Dec 25", "3 Jan 26"]);
    expect(names("2024-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2025-01-01T00:00:00Z", "2025-01-16T00:00:00Z")).toEqual(["Jan 2025", "16 Jan 25"]);
    expect(names("2026-11-03T12:00:00Z", "2026-11-03T12:02:00Z", "2026-11-03T12:00:30Z")).toEqual(["12:00:30\n3 Nov"]);
  });
  it("needs numbers", () => {
    expect(plotChoice(table([["model", "Utf8"]], [["a"]]), {})).toBeNull();
    expect(plotChoice(table([["n", "Int64"]], [[1]]), {})).toBeNull();
  });
  it("calls what is missing by a word where x is a text", () => {
    const plot = plotOf(table([["region", "Utf8"], ["n", "Int64"]], [[null, 3], ["north", 4]]), { x: "region", y: ["n"], by: null });
    expect(plot).toMatchObject({ kind: "category", bars: true, lines: [{ points: [["missing", 3], ["north", 4]] }] });
  });
});

describe("saved queries", () => {
  it("take the place of those of the same name", () => {
    const list = withSaved([{ name: "b", sql: "1" }], { name: "a", sql: "2" });
    expect(withSaved(list, { name: "b", sql: "3" })).toEqual([{ name: "a", sql: "2" }, { name: "b", sql: "3" }]);
  });
  it("are read past what others wrote into the store", () => {
    expect(readSaved('[{"name":"a","sql":"1"},{"name":2},null]')).toEqual([{ name: "a", sql: "1" }]);
    expect(readSaved("{")).toEqual([]);
    expect(readSaved("7")).toEqual([]);
  });
});
