import { describe, expect, it } from "vitest";
import type { Monitor, Point, Profile } from "../../api/queries";
import { DAY, HOUR } from "../../time/range";
import { burnAt, burnOver, type Counted, counted, countedWindows, grainFor, kept, monitorOf, type Objective, objectivesOf, periodOf, rulesOf, span } from "./objectives";
import { badRows, budgetWords, countsSql, coverage, goodShare, promisedWords, verdict } from "./promise";

const errors: Objective = { name: "answers", metric: "errors", atMost: null, atLeast: null, target: 0.99, over: "30d", overMs: 30 * DAY };
const fast: Objective = { ...errors, name: "fast", metric: "latency_ms.p99", atMost: 300 };
const auc: Objective = { ...errors, name: "right", metric: "roc_auc", atLeast: 0.7, target: 0.9 };
const now = Date.parse("2026-11-30T06:20:00Z");
const range = periodOf(errors, now);
const iso = (ms: number) => new Date(ms).toISOString();
const profile = (from: number, more: Partial<Profile>) => ({ from: iso(from), rows: 100, nulls: 0, nans: 0, infinities: 0, frequent: [], histogram: null, ...more }) as unknown as Profile;
const hours = (n: number, bad: number, all: number): Counted[] => Array.from({ length: n }, (_, at) => ({ from: range.to - (n - at) * HOUR, to: range.to - (n - at - 1) * HOUR, bad, all }));
const quiet = burnAt([], 0.99, DAY, range.to);

describe("what was promised", () => {
  it("is in the model's spec and in objects of their own", () => {
    const spec = { spec: { objectives: [{ name: "answers", metric: "errors", target: 0.99, over: "30d" }, { name: "bad", metric: "errors", target: 0.9, over: "a month" }] } };
    const object = (model: string) => ({ metadata: { name: `${model}-fast` }, spec: { model, metric: "latency_ms.p99", at_most: 300, target: 0.99, over: "4w" } });
    expect(objectivesOf("loan", spec, [object("loan"), object("other")]).map((o) => [o.name, o.atMost, o.overMs / DAY])).toEqual([
      ["answers", null, 30],
      ["loan-fast", 300, 28],
    ]);
    expect(objectivesOf("loan", undefined, [])).toEqual([]);
    expect([span("30d"), span("0d"), span("2 d"), span("1w")]).toEqual([30 * DAY, null, null, 7 * DAY]);
  });
  it("is said in words", () => {
    expect([errors, fast, auc].map(promisedWords)).toEqual(["of requests do not fail", "of requests are answered within 300 ms", "of windows have roc auc of 0.7 or more"]);
    expect([0.995, 0.99912, 0.9999999, 1, 0.5, null].map(goodShare)).toEqual(["99.5\u00a0%", "99.912\u00a0%", ">\u00a099.99\u00a0%", "100\u00a0%", "50\u00a0%", "–"]);
  });
  it("has the monitor that the default pack makes of it", () => {
    const monitor = (measure: string, metric: string | null, segment = {}) => ({ name: `${measure}/${metric}`, measure, metric, segment }) as unknown as Monitor;
    const all = [monitor("errors", null), monitor("errors", "answers", { region: "north" }), monitor("errors", "answers"), monitor("latency_p99", "fast"), monitor("performance", "roc_auc")];
    expect([errors, fast, auc].map((o) => monitorOf(o, all)?.name)).toEqual(["errors/answers", "latency_p99/fast", "performance/roc_auc"]);
    expect(monitorOf({ ...errors, name: "new" }, all)).toBeNull();
  });
  it("is of full hours, or of days where the period is long", () => {
    expect(range.to).toBe(Date.parse("2026-11-30T06:00:00Z"));
    expect([grainFor(errors), grainFor({ ...errors, overMs: 90 * DAY })]).toEqual(["1h", "1d"]);
  });
});

describe("good and bad rows", () => {
  it("are counted without gaps; what tells nothing is neither", () => {
    const told = [profile(range.to - HOUR, { frequent: [{ value: "error", low: 3, high: 3 }] as Profile["frequent"] }), profile(range.to - 3 * HOUR, { nulls: 100 })];
    const counts = counted(told, "answered", range, "1h");
    expect(counts).toHaveLength(720);
    expect(counts.slice(-3).map((c) => [c.bad, c.all])).toEqual([[0, 0], [0, 0], [3, 100]]);
  });
  it("are fast up to the bound; what is not finite is slow", () => {
    const told = [profile(range.to - HOUR, { nulls: 10, infinities: 2, histogram: [0.75, 0.25] })];
    expect(counted(told, "fast", range, "1h").at(-1)).toMatchObject({ bad: 24, all: 90 });
  });
  it("are windows where a figure is held within bounds", () => {
    const point = (day: number, value: number | null) => ({ from: iso(range.to - day * DAY), to: iso(range.to - (day - 1) * DAY), value }) as unknown as Point;
    const counts = countedWindows([point(40, 0.1), point(3, 0.6), point(3, 0.8), point(2, 0.6), point(1, null)], auc, range);
    expect(counts.map((c) => [c.bad, c.all])).toEqual([[0, 1], [1, 1], [0, 0]]);
  });
});

describe("the budget", () => {
  it("is whole where nothing was bad, and never certain", () => {
    const own = kept(hours(720, 0, 100), 0.99, range);
    expect(own).toMatchObject({ good: 1, left: 1, since: null });
    expect(own.ends?.[0]).toBeLessThan(1);
    expect(verdict(errors, own, quiet, "quiet")).toMatchObject({ state: "fine", word: "kept" });
    expect(verdict(errors, own, quiet, "quiet").sentences[0]).toBe("The promise is kept: there was no failed request.");
  });
  it("is unknown without rows", () => {
    const own = kept(hours(720, 0, 0), 0.99, range);
    expect(own).toMatchObject({ good: null, ends: null, left: null, all: 0 });
    expect(verdict(errors, own, quiet, null)).toMatchObject({ state: "unknown", word: "cannot tell" });
    expect(budgetWords("answered", own)).toBe("Nothing to count yet");
  });
  it("of a part of the period says since when it is known", () => {
    const own = kept(hours(48, 1, 200), 0.99, range);
    expect(own.since).toBe(range.to - 48 * HOUR);
    expect(own.left).toBeCloseTo(0.5);
    expect(coverage(errors, "answered", own, range)).toMatch(/Known since .* only: before, there were none\.$/);
    expect(budgetWords("answered", own)).toBe("50\u00a0% is left: 48 failed requests, of 9,600 requests 96 may be");
  });
  it("is spent when more was bad than may be", () => {
    const own = kept(hours(720, 3, 100), 0.99, range);
    expect(own.left).toBeCloseTo(-2);
    expect(verdict(errors, own, quiet, "quiet")).toMatchObject({ state: "act", word: "spent" });
    expect(verdict(errors, own, quiet, "quiet").sentences[0]).toBe("The promise is broken: there were 2,160 failed requests, 3 times as many as may be.");
  });
  it("of a target of 100 % has nothing to spend", () => {
    expect(kept(hours(3, 0, 100), 1, range).left).toBe(1);
    const own = kept(hours(3, 1, 100), 1, range);
    expect(own.left).toBe(-Infinity);
    expect(verdict({ ...errors, target: 1 }, own, quiet, "quiet").sentences[0]).toBe("The promise is broken: there were 3 failed requests, more than may be.");
    expect(burnAt(hours(3, 1, 100), 1, DAY, range.to).rate).toBeNull();
    expect(budgetWords("answered", own)).toBe("Nothing may be bad, 3 failed requests were");
  });
});

describe("the burn rate", () => {
  it("is how many times faster than may be, of the time before", () => {
    const counts = [...hours(48, 0, 100).slice(0, 24), ...hours(24, 2, 100)];
    expect(burnAt(counts, 0.99, DAY, range.to)).toMatchObject({ rate: expect.closeTo(2) as number, bad: 48, all: 2400 });
    const over = burnOver(counts, 0.99, 2 * HOUR);
    expect(over.slice(23, 26).map((b) => b.rate)).toEqual([0, expect.closeTo(1), expect.closeTo(2)]);
    expect(burnOver(hours(2, 0, 0), 0.99, HOUR).map((b) => b.rate)).toEqual([null, null]);
  });
  it("tells someone as the engine does", () => {
    expect(rulesOf(errors).map((r) => [r.longMs / HOUR, r.shortMs / HOUR, Number(r.threshold.toFixed(3))])).toEqual([[1, 1, 14.4], [6, 1, 6], [24, 2, 3], [72, 6, 1]]);
  });
  it("is told where it is too fast, with when the budget ends", () => {
    const counts = [...hours(720, 0, 100).slice(0, 696), ...hours(24, 4, 100)];
    const own = kept(counts, 0.99, range);
    const day = burnAt(counts, 0.99, DAY, range.to);
    expect(verdict(errors, own, day, "quiet")).toMatchObject({ state: "watch", word: "kept, for now" });
    const told = verdict(errors, own, day, "firing");
    expect(told).toMatchObject({ state: "act", word: "burning too fast" });
    expect(told.sentences[1]).toBe("In the last day it went 4 times as fast as may be: at this pace it is spent in 7 d.");
  });
});

describe("where the rows are", () => {
  it("is a statement, and a page", () => {
    expect(countsSql('a"b', fast, range)).toContain('count(latency_ms) AS requests, count(CASE WHEN "latency_ms" > 300 THEN 1 END) AS bad FROM "a""b".predictions');
    expect(badRows("loan", errors, range)).toMatchObject({ where: ["status=error"], to: "2026-11-30T06:00:00Z" });
  });
});
