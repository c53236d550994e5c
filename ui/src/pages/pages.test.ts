import { describe, expect, it } from "vitest";
import type { Alert, Model, Monitor } from "../api/queries";
import { toCsv } from "../charts/export";
import { limitsOf, scaleOf, windowsTitle } from "../charts/MonitorChart";
import { path } from "../charts/Sparkline";
import { counts, fleetSentence, standings } from "./fleet/standings";
import { snippets } from "./fleet/FirstPrediction";
import { wilson } from "./model/calibration";
import { driftRows, since } from "./model/drift";
import { verdictLines } from "./model/feedback";

const model = (name: string, rows: number) => ({ name, state: "draft", task: null, owner: null, first_seen_at: "", volumes: [{ table: "predictions", rows }] }) as unknown as Model;
const alert = (of: string, state: string) => ({ id: `${of}-${state}`, model: of, state, severity: "warning" }) as unknown as Alert;

describe("the fleet", () => {
  const rows = standings([model("calm", 9), model("busy", 90), model("ill", 1), model("silent", 0)], [alert("ill", "firing"), alert("busy", "acknowledged")], new Map());
  it("has those first that need somebody", () => {
    expect(rows.map((r) => [r.model.name, r.state])).toEqual([
      ["ill", "act"],
      ["busy", "watch"],
      ["silent", "unknown"],
      ["calm", "fine"],
    ]);
  });
  it("says so in a sentence", () => {
    expect(fleetSentence(rows)).toBe("1 model of 4 needs someone.");
    expect(fleetSentence(rows.slice(3))).toBe("All 1 model are as usual.".replace("All 1 model are", "The one model is"));
    expect(counts(rows).map((c) => c.state)).toEqual(["act", "watch", "unknown", "fine"]);
  });
  it("calls nothing fine that nobody watches", () => {
    const [row] = standings([model("new", 9)], [], new Map([["new", "learning"]]));
    expect(row?.state).toBe("unknown");
    expect(fleetSentence(row ? [row] : [])).toBe("Nobody can tell yet: what is usual is still being learnt.");
  });
  it("calls nothing fine before its alerts are known", () => {
    expect(standings([model("calm", 9)], null, new Map())[0]?.state).toBe("unknown");
  });
  it("shows ways in that work behind a prefix", () => {
    for (const { code } of snippets("https://x.org/candor")) expect(code).toContain("https://x.org/candor");
  });
});

describe("drift", () => {
  const point = (hour: number, value: number | null, breach: boolean) => ({ from: new Date(hour * 3_600_000).toISOString(), to: "", value, low: null, high: null, n: 100, band: { low: null, high: 0.1 }, p_value: null, breach, before: null });
  const monitor = (column: string, state: string, points: ReturnType<typeof point>[]) => ({ name: column, measure: "drift", column, state, segment: {}, material: 0.1, points }) as unknown as Monitor;
  it("has what is out of bounds first, and knows since when", () => {
    const rows = driftRows([
      monitor("calm", "ok", [point(0, 0.01, false)]),
      monitor("ill", "firing", [point(0, 0.2, true), point(1, 0.01, false), point(2, 0.3, true), point(3, null, false), point(4, 0.4, true)]),
    ]);
    expect(rows.map((r) => r.column)).toEqual(["ill", "calm"]);
    expect(rows[0]).toMatchObject({ value: 0.4, breaches: 3, windows: 4, since: 0, fine: 0.1 });
  });
  it("goes on over one calm window, and begins anew after two", () => {
    const told = [point(0, 0.2, true), point(1, 0.01, false), point(2, 0.01, false), point(3, 0.3, true), point(4, 0.01, false), point(5, 0.4, true)];
    expect(since(told)).toBe(3 * 3_600_000);
    expect(since(told.slice(0, 5))).toBeNull();
    expect(since([])).toBeNull();
  });
});

describe("a monitor's chart", () => {
  const point = (value: number | null, low: number | null, high: number | null, band: [number, number] | null) => ({ from: "", to: "", value, low, high, n: 1, breach: false, band: band ? { low: band[0], high: band[1] } : null });
  it("draws nothing that cannot be", () => {
    expect(limitsOf("fairness")).toEqual([0, 1]);
    expect(limitsOf("performance", "roc_auc")).toEqual([0, 1]);
    expect(limitsOf("performance", "mape")).toEqual([0, Infinity]);
    expect(limitsOf("mean")).toEqual([-Infinity, Infinity]);
  });
  it("is not flattened by a wide band of long ago", () => {
    const [bottom, top] = scaleOf([point(0.7, 0.68, 0.72, [0.1, 1.35]), point(0.72, 0.7, 0.74, [0.65, 0.78])], false, (v) => v);
    expect(bottom).toBeCloseTo(0.64, 2);
    expect(top).toBeCloseTo(0.79, 2);
    expect(scaleOf([point(0.02, null, null, null)], true, (v) => v)[0]).toBe(0);
    expect(scaleOf([], true, (v) => v)).toEqual([0, 1]);
  });
  it("tells of intervals only where there are any", () => {
    expect(windowsTitle([point(1, null, null, null)])).toBe("Last windows");
    expect(windowsTitle([point(1, 0, 2, null)])).toBe("Last windows, with 95 % intervals");
  });
});

describe("verdicts", () => {
  it("are counted by whole days", () => {
    const day = 86_400_000;
    const rows = [0, 1, 5].map((at) => ({ t: new Date(at * day).toISOString(), verdict: "right", n: at + 1 }));
    const { times, lines } = verdictLines(rows, { from: day / 2, to: 5.5 * day }, ["blue"]);
    expect(times).toEqual([1, 2, 3, 4].map((at) => at * day));
    expect(lines[0]?.values).toEqual([2, 0, 0, 0]);
  });
});

describe("figures", () => {
  it("have Wilson's interval", () => {
    const [low, high] = wilson(0.1, 100);
    expect(low).toBeCloseTo(0.0552, 3);
    expect(high).toBeCloseTo(0.1744, 3);
  });
  it("leave as tables that run nothing", () => {
    expect(toCsv([0], [{ label: "=cmd()", values: [1] }])).toBe("time,'=cmd()\n1970-01-01T00:00:00.000Z,1");
  });
  it("leave gaps open", () => {
    expect(path([1, null, 1, 2]).line.match(/M/g)).toHaveLength(2);
  });
});
