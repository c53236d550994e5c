import { describe, expect, it } from "vitest";
import { candidates, differenceOf, type Figure, firstPair, lines, rowsOf, told, type VersusAsked, versusSql } from "./versus";

const figure = (value: number, low: number, high: number, n = 100): Figure => ({ value, low, high, n });
const asked: VersusAsked = {
  model: "loan",
  range: { from: 0, to: 86_400_000 },
  champion: "1.0",
  challenger: "2'0",
  task: "binary",
  positive: "1",
  hasOutcomes: true,
  timed: [10_000, 100],
  has: (column) => ["status", "output_score", "latency_ms"].includes(column),
};

/** Latencies between 0 and 100 ms, evenly, so that rank and figure are the same. */
const latency = (factor: number) => Object.fromEntries([...versusSql(asked).matchAll(/latency_ms, ([\d.]+)\) AS (q\d+)/g)].map(([, rank, name]): [string, number] => [name ?? "", Number(rank) * 100 * factor]));
const row = (version: string, n: number, failed: number, factor = 1, known = n) => ({ version, n, n_failed: n, m_failed: failed, s_failed: 0.1, n_score: n, m_score: 0.3, s_score: 0.2, n_right: known, m_right: 0.1, s_right: 0.1, n_latency: n, ...latency(factor) });

describe("two versions", () => {
  it("are asked for in one statement, whatever their names", () => {
    const sql = versusSql(asked);
    expect(sql).toContain("p.version IN ('1.0', '2''0')");
    expect(sql).toContain("LEFT JOIN");
    expect(versusSql({ ...asked, hasOutcomes: false })).not.toContain("JOIN");
  });
  it("begin with those of most rows, the older one as the champion", () => {
    const v = (version: string, rows: number, firstSeen: number) => ({ version, rows, firstSeen, timed: rows });
    expect(firstPair(candidates([v("3", 1, 3), v("2", 60, 2), v("1", 40, 1), v("1", 40, 5)]))).toEqual(["1", "2"]);
    expect(firstPair(candidates([v("1", 40, 1), v("1", 40, 5)]))).toBeNull();
    expect(firstPair(candidates([v("1", 0, 1), v("2", 40, 2)]))).toBeNull();
    expect(firstPair(candidates([v("1", 0, 1), v("3", 5, 3), v("2", 40, 2)]))).toEqual(["2", "3"]);
  });
  it("differ with an interval of both", () => {
    const d = differenceOf(figure(0.1, 0.07, 0.13), figure(0.2, 0.16, 0.24));
    expect(d?.value).toBeCloseTo(0.1);
    expect(d?.low).toBeCloseTo(0.05);
    expect(d?.high).toBeCloseTo(0.15);
    expect(differenceOf(figure(0.1, 0.07, 0.13), { value: null, low: null, high: null, n: 3 })).toBeNull();
  });
  it("have quantiles with the interval of order statistics", () => {
    expect(versusSql(asked).match(/approx_percentile_cont/g)).toHaveLength(10);
    const [, p50, p99] = lines(asked, [row("1.0", 10_000, 0.01), row("2'0", 100, 0.01)]);
    expect(p50?.champion.value).toBeCloseTo(50);
    expect(p50?.champion.low).toBeCloseTo(49.02, 1);
    expect(p99?.challenger.high).toBe(100);
  });
  it("are told apart only where they surely differ", () => {
    const rows = [row("1.0", 10_000, 0.01), row("2'0", 10_000, 0.05, 0.5)];
    const all = lines(asked, rows);
    expect(all.map((l) => [l.id, l.sure])).toEqual([["failed", "more"], ["p50", "less"], ["p99", "less"], ["score", null], ["right", null]]);
    expect(told(asked, all, rowsOf(asked, rows))).toBe("2'0 is surely better than 1.0 in: median latency, latency, slowest 1 in 100. 2'0 is surely worse in: failed requests.");
  });
  it("are not told apart by few rows, or none", () => {
    const rows = [row("1.0", 10_000, 0.01)];
    expect(told(asked, lines(asked, rows), rowsOf(asked, rows))).toBe("Cannot tell: 2'0 answered fewer than 30 requests in this time.");
    expect(lines(asked, [row("1.0", 29, 0)])[0]?.champion.value).toBeNull();
  });
  it("say where outcomes are not known yet", () => {
    const rows = [row("1.0", 1000, 0.01), row("2'0", 1000, 0.01, 1, 3)];
    expect(told(asked, lines(asked, rows), rowsOf(asked, rows))).toBe("Nothing says that 2'0 is better or worse than 1.0: no such figure surely differs. Which one is right more often is not known yet: too few outcomes came.");
  });
});
