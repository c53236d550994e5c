import { describe, expect, it } from "vitest";
import { matches, readCondition, toSql } from "./condition";
import { critical, differences, differenceSql } from "./difference";
import { bars, defaultColumns, rowsSql } from "./listing";
import { attributions, isUnusual, placeOf, placeWords, sentence, stages } from "./story";

const COLUMNS = [
  { name: "time", type: "time" },
  { name: "status", type: "text" },
  { name: "segment_region", type: "text" },
  { name: "input_income", type: "number" },
  { name: "input_student", type: "boolean" },
  { name: "output_score", type: "number" },
];

const condition = (text: string) => {
  const read = readCondition(text, COLUMNS);
  if (typeof read === "string") throw new Error(read);
  return read;
};

describe("filters", () => {
  it("take short names", () => {
    expect(condition("region=north")).toEqual({ column: "segment_region", op: "=", value: "north" });
    expect(condition("score <= 0.3")).toEqual({ column: "output_score", op: "<=", value: "0.3" });
    expect(condition("status:error").op).toBe("=");
    expect(condition("income is missing").op).toBe("missing");
  });
  it("say what is wrong with them", () => {
    expect(readCondition("colour=red", COLUMNS)).toBe("There is no column colour.");
    expect(readCondition("income=much", COLUMNS)).toBe("input_income takes numbers.");
    expect(readCondition("hello", COLUMNS)).toMatch(/^Write a column/);
  });
  it("are no way into the statement", () => {
    expect(toSql(condition("region=o'brien' OR 1=1 --"), COLUMNS)).toBe(`"segment_region" = 'o''brien'' OR 1=1 --'`);
    expect(toSql({ column: 'a" OR "1', op: "missing", value: "" }, COLUMNS)).toBe(`"a"" OR ""1" IS NULL`);
    expect(toSql(condition("student=true"), COLUMNS)).toBe(`"input_student" = true`);
    expect(toSql(condition("region!=north"), COLUMNS)).toContain("IS NULL OR");
  });
  it("hold for rows that just came as for those in the lake", () => {
    const row = { segment_region: "north", output_score: 0.2 };
    expect(matches(condition("score<0.3"), row)).toBe(true);
    expect(matches(condition("region=south"), row)).toBe(false);
    expect(matches(condition("region~ORT"), row)).toBe(true);
    expect(matches(condition("income is missing"), row)).toBe(true);
  });
});

describe("listings", () => {
  const range = { from: Date.parse("2026-11-10T00:00:00Z"), to: Date.parse("2026-11-10T03:00:00Z") };
  const listing = { model: "credit-risk", range, conditions: [condition("region=north")], columns: COLUMNS };
  it("go on after a row", () => {
    const sql = rowsSql(listing, ["output_score"], { time: "2026-11-10T02:00:00.000001Z", id: "x" });
    expect(sql).toContain(`SELECT "time", "id", "output_score" FROM "credit-risk".predictions`);
    expect(sql).toContain(`time >= TIMESTAMP '2026-11-10 00:00:00.000'`);
    expect(sql).toContain(`id < 'x'`);
  });
  it("have bars where nothing came", () => {
    const told = bars([{ t: "2026-11-10T01:00:00Z", n: 5, failed: 1 }], range);
    expect(told.rows.reduce((a, b) => a + b, 0)).toBe(5);
    expect(told.times.length).toBeGreaterThan(30);
  });
  it("show outputs before inputs", () => {
    expect(defaultColumns(COLUMNS)).toEqual(["output_score", "status", "segment_region", "input_income", "input_student"]);
  });
  it("show no outputs that the task has not", () => {
    const outputs = ["output_class", "output_score", "output_value", "output_text"].map((name) => ({ name, type: "text" }));
    expect(defaultColumns(outputs, "binary")).toEqual(["output_class", "output_score"]);
    expect(defaultColumns(outputs, "generation")).toEqual(["output_text"]);
    expect(defaultColumns(outputs, null)).toHaveLength(4);
  });
});

describe("what is different", () => {
  it("is ranked by what is certain, and leaves out chance", () => {
    const row = (column_name: string, chosen: boolean, n: number, mean: number) => ({ column_name, value: null, chosen, n, mean, deviation: 1 });
    const value = (chosen: boolean, name: string, n: number) => ({ column_name: "segment_region", value: name, chosen, n, mean: null, deviation: null });
    const told = differences([
      row("large but few", true, 31, 1.2), row("large but few", false, 1000, 0),
      row("certain", true, 5000, 1), row("certain", false, 5000, 0),
      row("chance", true, 100, 0.01), row("chance", false, 100, 0),
      value(true, "north", 900), value(true, "south", 100), value(false, "north", 500), value(false, "south", 500),
    ]);
    expect(told).toHaveLength(3);
    expect(told[0]?.column).toBe("certain");
    expect(told.some((d) => d.column === "chance")).toBe(false);
    expect(told.find((d) => d.column === "segment_region")).toMatchObject({ value: "north", chosen: 0.9, rest: 0.5 });
  });
  it("is asked in one statement", () => {
    const sql = differenceSql({ model: "m", range: { from: 0, to: 1000 }, conditions: [], columns: COLUMNS }, { from: 0, to: 500 });
    expect(sql.match(/UNION ALL/g)).toHaveLength(4);
  });
  it("knows the normal distribution", () => {
    expect(critical(1)).toBeCloseTo(1.96, 2);
    expect(critical(10)).toBeCloseTo(2.807, 2);
  });
});

describe("stories", () => {
  const record = { status: "ok", output_score: 0.271, stage_fetch_ms: 12, stage_fetch_status: "ok", attribution_debt: -0.2, attribution_income: 0.05, attribution_base_value: 3 };
  it("say the answer and why", () => {
    expect(sentence(record)).toBe("The model answered score 0.271, chiefly because of debt and income.");
    expect(sentence({ status: "error", error_type: "timeout", error_message: null })).toBe("This request failed: timeout.");
    expect(attributions(record).map((a) => a.name)).toEqual(["debt", "income"]);
    expect(stages(record)).toEqual([{ name: "fetch", ms: 12, status: "ok" }]);
  });
  it("say where a value lies", () => {
    const quantiles = { "0.01": 0, "0.05": 5, "0.1": 10, "0.25": 25, "0.5": 50, "0.75": 75, "0.9": 90, "0.95": 95, "0.99": 99 };
    const reference = [{ type: "number", rows: 100, nulls: 0, quantiles, frequent: [] }] as unknown as Parameters<typeof placeOf>[1];
    expect(placeWords(placeOf(30, reference))).toBe("above 30 in 100");
    expect(placeWords(placeOf(120, reference))).toBe("unusually high: above 99 in 100");
    expect(placeOf(null, reference)).toBeNull();
    const tied = (...values: number[]) => [{ ...reference[0], quantiles: Object.fromEntries(Object.keys(quantiles).sort().map((rank, at) => [rank, values[at] ?? 0])) }] as unknown as typeof reference;
    const counts = tied(0, 0, 0, 1, 1, 1, 2, 3, 3);
    expect([0, 1, 2, 3].map((value) => placeWords(placeOf(value, counts)))).toEqual(["among the lowest", "above 25 in 100, like 50", "above 90 in 100", "among the highest"]);
    expect([-1, 4].map((value) => isUnusual(placeOf(value, counts)))).toEqual([true, true]);
    // Nothing lies below a value that most rows have, and yet it is none of the few lowest: its mark reaches far.
    expect([0, 1].map((value) => placeOf(value, tied(0, 0, 0, 0, 0, 0, 0, 1, 1)))).toMatchObject([{ from: 0, to: 0.9 }, { from: 0.95, to: 1 }]);
    expect([0, 1].map((value) => placeWords(placeOf(value, tied(0, 0, 0, 0, 0, 0, 0, 1, 1))))).toEqual(["the lowest, like 90 in 100", "among the highest"]);
    expect(placeWords(placeOf(1, tied(0, 0, 0, 1, 1, 1, 1, 1, 1)))).toBe("the highest, like 75 in 100");
    expect(placeWords(placeOf(1, tied(1, 1, 1, 1, 1, 1, 1, 1, 1)))).toBe("the usual value");
    const texts = [{ type: "text", rows: 100, nulls: 0, quantiles: {}, frequent: [{ value: "car", low: 40, high: 40 }, { value: "home", low: 60, high: 60 }] }] as unknown as Parameters<typeof placeOf>[1];
    expect(placeWords(placeOf("car", texts))).toBe("40\u00a0% of the reference");
    const free = [{ ...texts[0], frequent: [{ value: "car", low: 40, high: 40 }] }] as unknown as typeof texts;
    expect(placeOf("boat", free)).toBeNull();
    expect(placeWords(placeOf("boat", texts))).toBe("never or rarely seen in the reference");
  });
});
