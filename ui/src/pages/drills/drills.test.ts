import { describe, expect, it } from "vitest";
import type { Monitor } from "../../api/queries";
import { type Drill, drillSentence, mutationScore, rehearsed } from "./score";
import { alertsOf, type Backtest, comparedSentence, firings, pairs, totals, windowsOf } from "./told";
import { deviation, fixed, nameOf, thresholds, type Trial, trialOf, windowOf, yaml } from "./trial";

const fault = (fault: string, expected: boolean, caught: boolean) => ({ id: "f1", fault, model: "m", expected, caught });
const drill = (name: string, day: number, passed: boolean, faults: Drill["faults"], delays: number[] = []) =>
  ({
    name,
    started_at: `2026-01-0${day}T00:00:00Z`,
    passed,
    not_run: null,
    faults,
    expected: delays.map((delay_seconds) => ({ delay_seconds })),
    misses: [],
    false_alarms: [],
  }) as unknown as Drill;

describe("drills", () => {
  const list = rehearsed([
    drill("nulls", 2, true, [fault("null_burst", true, true)], [3600]),
    drill("nulls", 1, false, [fault("null_burst", true, false)]),
    drill("drift", 1, false, [fault("covariate_drift", true, false), fault("null_burst", false, false)], [7200]),
  ]);
  it("are told by their newest rehearsal, those first that failed", () => {
    expect(list.map((d) => [d.name, d.newest.passed, d.runs.length])).toEqual([
      ["drift", false, 1],
      ["nulls", true, 2],
    ]);
    expect(drillSentence(list)).toBe("1 of 2 drills failed.");
  });
  it("score what should have been caught, blind spots first", () => {
    const score = mutationScore(list);
    expect(score).toMatchObject({ seeded: 2, caught: 1, falseAlarms: 0, delay: 7200, delays: 2 });
    expect(score.kinds.map((k) => k.fault)).toEqual(["covariate_drift", "null_burst"]);
  });
  it("have no score without a fault", () => {
    expect(mutationScore([])).toMatchObject({ seeded: 0, delay: null, delays: 0 });
    expect(drillSentence([])).toBe("No drill was rehearsed yet.");
  });
});

const HOUR_US = 3_600_000_000;
const monitor = { name: "m/missing/input_x", measure: "missing", column: "input_x", metric: null, segment: {}, window_s: 3600, material: 0.05, points: [] } as unknown as Monitor;

function told(spans: [from: number, told: number, to: number | null][], name = monitor.name): Backtest {
  const transitions = spans.map(([from, sustained, to], at) => ({
    at_us: sustained * HOUR_US,
    step: "fired",
    alert: {
      id: `a${at}`,
      severity: "warning",
      symptoms: [
        {
          monitor: name,
          measure: "missing",
          column: "input_x",
          onset_us: from * HOUR_US,
          sustained_us: sustained * HOUR_US,
          over_us: to === null ? null : to * HOUR_US,
          sentence: "x",
          points: [{ window: { from_us: from * HOUR_US, to_us: (from + 1) * HOUR_US }, value: 0.2, low: 0.1, high: 0.3, n: 9, band: [-1.7e308, 0.1], p_value: 0.01, breach: true }],
        },
      ],
    },
  }));
  return { model: "m", from: "1970-01-01T00:00:00Z", to: "1970-01-02T00:00:00Z", windows: 24, monitors: 1, elapsed_ms: 1, transitions, standing: [] } as unknown as Backtest;
}

describe("a backtest", () => {
  const before = told([[1, 3, 5], [10, 12, null]]);
  const after = told([[1, 2, 5]], "tried");
  it("tells when one monitor told, whatever it is called", () => {
    expect(firings(before, monitor).map(({ from, to, open }) => [from, to, open])).toEqual([
      [3_600_000, 18_000_000, false],
      [36_000_000, 86_400_000, true],
    ]);
    expect(firings(after, monitor)).toHaveLength(1);
    expect(firings(after, { ...monitor, column: "input_y" })).toHaveLength(0);
    expect(alertsOf(before)).toBe(2);
  });
  it("is compared time by time", () => {
    const rows = pairs(firings(before, monitor), firings(after, monitor));
    expect(rows.map((p) => [p.before?.told, p.after?.told])).toEqual([
      [10_800_000, 7_200_000],
      [43_200_000, undefined],
    ]);
    expect(comparedSentence(totals(firings(before, monitor), []), totals(firings(after, monitor), []))).toBe("It would have told once instead of twice.");
    const of = (times: number, length = 1) => ({ times, length, right: 0, falseAlarms: 0 });
    expect(comparedSentence(of(1), of(0, 0))).toBe("It would never have told, instead of once.");
    expect(comparedSentence(of(0), of(3))).toBe("It would have told 3 times instead of never.");
    expect(comparedSentence(of(0), of(0))).toBe("It would never have told, exactly as it did.");
    expect(comparedSentence(of(2), of(2))).toBe("It would have told twice, exactly as it did.");
  });
  it("counts what people said of these times", () => {
    const verdict = (verdict: string, from: number, to: number) => ({ onset_at: new Date(from * 3_600_000).toISOString(), resolved_at: new Date(to * 3_600_000).toISOString(), changed_at: "", verdict: { verdict } });
    const judged = [verdict("true_positive", 1, 4), verdict("false_positive", 11, 12)] as unknown as Parameters<typeof totals>[1];
    expect(totals(firings(before, monitor), judged)).toMatchObject({ times: 2, right: 1, falseAlarms: 1 });
  });
  it("has the windows around alerts, with bands that may be open", () => {
    expect(windowsOf([before, after], monitor).map((p) => [p.from, p.band])).toEqual([
      ["1970-01-01T01:00:00.000Z", { low: null, high: 0.1 }],
      ["1970-01-01T10:00:00.000Z", { low: null, high: 0.1 }],
    ]);
  });
});

describe("a threshold", () => {
  it("is slid around the monitor's own", () => {
    const steps = thresholds("missing", 0.05);
    expect(steps).toContain(0.05);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    expect(thresholds("latency_p95", 1.5)[0]).toBe(1.1);
    expect(Math.min(...thresholds("volume", 4))).toBeGreaterThan(1);
  });
  it("is said in the measure's unit", () => {
    expect(deviation("missing", 0.05)).toBe("5\u00a0% of the rows");
    expect([0.1, 0.07, 0.01].map((own) => deviation("fairness", own))).toEqual(["10 points", "7 points", "1 point"]);
    expect(deviation("latency_p95", 1.5)).toBe("1.5 times");
    expect(deviation("drift", 0.1)).toBe("0.1");
  });
  it("makes a declaration of a monitor of the pack", () => {
    const trial = trialOf("m", monitor, null, 0.1);
    expect(trial).toMatchObject({ metadata: { name: "m-missing-input_x" }, spec: { model: "m", measure: "missing", column: "input_x", window: "1h", material: 0.1 } });
    expect(yaml(trial)).toBe(
      'apiVersion: candor/v1\nkind: Monitor\nmetadata: {"name":"m-missing-input_x"}\nspec:\n  model: "m"\n  measure: "missing"\n  column: "input_x"\n  window: "1h"\n  material: 0.1',
    );
  });
  it("changes only itself in a declared monitor", () => {
    const declared: Trial = { apiVersion: "candor/v1", kind: "Monitor", metadata: { name: "own", owner: "me" }, spec: { model: "m", measure: "missing", severity: "info", material: 0.05 } };
    expect(trialOf("m", monitor, declared, 0.2)).toEqual({ ...declared, spec: { ...declared.spec, material: 0.2 } });
  });
  it("is not slid where something else decides", () => {
    expect(fixed(monitor, null)).toBeNull();
    expect(fixed({ material: 0 }, null)).toContain("bound or a budget");
    const burn = { apiVersion: "candor/v1", kind: "Monitor", metadata: { name: "own" }, spec: { model: "m", measure: "errors", decision: { burn: { target: 0.99, over: "30d" } } } } as Trial;
    expect(fixed(monitor, burn)).toContain("rule of its own");
  });
  it("has names and windows that objects may have", () => {
    expect(nameOf("a/b c/ü")).toBe("a-b-c-");
    expect([300, 3600, 21600, 86400].map(windowOf)).toEqual(["5m", "1h", "6h", "1d"]);
  });
});
