import { describe, expect, it } from "vitest";
import type { Profile } from "../api/queries";
import { byColumn, edgesFor, ofCategories, ofNumbers } from "./distribution";
import { fullest, isFilling, total, vitals } from "./vitals";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-10T00:00:00Z");

function profile(hour: number, own: Partial<Profile>): Profile {
  return {
    from: new Date(START + hour * HOUR).toISOString(),
    to: new Date(START + (hour + 1) * HOUR).toISOString(),
    column: "status",
    type: "text",
    segment_value: null,
    rows: 100,
    nulls: 0,
    nans: 0,
    infinities: 0,
    mean: null,
    std: null,
    min: null,
    max: null,
    distinct: null,
    quantiles: {},
    rank_error: 0,
    frequent: [],
    bins: null,
    histogram: null,
    ...own,
  };
}

const quantiles = (own: Record<string, number>) => own as unknown as Profile["quantiles"];
const failed = (n: number) => [{ value: "ok", low: 100 - n, high: 100 - n }, { value: "error", low: n, high: n }];

describe("vitals", () => {
  const status = [profile(0, { frequent: failed(1) }), profile(3, { frequent: failed(3) })];
  const latency = [profile(0, { column: "latency_ms", quantiles: quantiles({ "0.95": 80 }) }), profile(3, { column: "latency_ms", quantiles: quantiles({ "0.95": 120 }) })];
  const range = { from: START, to: START + 5 * HOUR };
  it("fill gaps with nothing, and leave out what is still filling", () => {
    const windows = vitals(status, latency, range, "1h", START + 4.5 * HOUR);
    expect(windows.map((w) => w.rows)).toEqual([100, 0, 0, 100]);
    expect(windows.map((w) => w.p95)).toEqual([80, null, null, 120]);
  });
  it("count rows of another column where neither is told", () => {
    const others = [profile(0, { column: "input_age", rows: 7 }), profile(1, { column: "input_name", rows: 5 })];
    expect(fullest(others)).toBe("input_age");
    const [first] = vitals([], [], range, "1h", START + 4 * HOUR, others.slice(0, 1));
    expect(first).toMatchObject({ rows: 7, errors: null, p95: null });
    expect(fullest([])).toBeUndefined();
  });
  it("add up", () => {
    const all = total(vitals(status, latency, range, "1h", START + 4 * HOUR), "1h");
    expect(all).toEqual({ rows: 200, perDay: 1200, errorShare: 0.02, p95: 120 });
  });
  it("know a window that is all there is, and not over", () => {
    const [first, later] = status;
    if (!first || !later) throw new Error("no profiles");
    expect(isFilling([first], "1h", START + 0.5 * HOUR)).toBe(true);
    expect(isFilling([first], "1h", START + HOUR)).toBe(false);
    expect(isFilling([first, later], "1h", START + 3.5 * HOUR)).toBe(false);
    expect(isFilling([], "1h", START)).toBe(false);
  });
  it("of nothing are nothing", () => {
    expect(vitals([], [], range, "1h", START)).toEqual([]);
    expect(total([], "1h")).toEqual({ rows: 0, perDay: null, errorShare: null, p95: null });
  });
});

describe("distributions", () => {
  it("weigh windows by the values that they have", () => {
    const edges = [0, 1];
    const told = ofNumbers(
      [profile(0, { rows: 300, nulls: 0, histogram: [0.5, 0.5, 0] }), profile(1, { rows: 200, nulls: 100, histogram: [0, 0, 1] })],
      edges,
      String,
    );
    expect(told.labels).toEqual(["< 0", "0 – 1", "≥ 1"]);
    expect(told.shares).toEqual([0.375, 0.375, 0.25]);
    expect(told).toMatchObject({ rows: 500, missing: 100 });
  });
  it("of texts put what is not told into the rest", () => {
    const now = [profile(0, { frequent: [{ value: "a", low: 60, high: 60 }] })];
    const reference = [profile(0, { frequent: [{ value: "a", low: 20, high: 20 }, { value: "b", low: 80, high: 80 }] })];
    const told = ofCategories(now, reference);
    expect(told.now.labels).toEqual(["b", "a", "all others"]);
    expect(told.now.shares[2]).toBeCloseTo(0.4);
    expect(told.reference.shares).toEqual([0.8, 0.2]);
  });
  it("have edges between the reference's percentiles", () => {
    const edges = edgesFor([profile(0, { type: "number", quantiles: quantiles({ "0.01": 0, "0.99": 24 }) })]);
    expect(edges).toHaveLength(25);
    expect(edges?.[0]).toBe(0);
    expect(edges?.[24]).toBe(24);
    expect(edgesFor([])).toBeNull();
  });
  it("of a column add up what is exact", () => {
    const told = byColumn([profile(0, { column: "input_a", mean: 1, min: 0, max: 2 }), profile(1, { column: "input_a", mean: 3, nulls: 50, min: -1, max: 9 })]).get("input_a");
    expect(told).toMatchObject({ rows: 200, missing: 50, min: -1, max: 9 });
    expect(told?.mean).toBeCloseTo(5 / 3);
  });
});
