import { describe, expect, it } from "vitest";
import { plainly, subject } from "./columns";
import { numbersAlike, percentsAlike } from "./alike";
import { count, dollars, duration, milliseconds, number, percent, percentFine, plural, signed } from "./numbers";
import { illWords, layerStates, stateOfAlert, worst } from "./state";
import { firstSentence, summarise } from "./summary";

describe("numbers", () => {
  it("have the digits that matter", () => {
    expect(number(1234.5)).toBe("1,235");
    expect(number(0.123456)).toBe("0.123");
    expect(number(2_000_000)).toBe("2 M");
    expect(number(0.00001234)).toBe("1.2e-5");
    expect(number(null)).toBe("–");
    expect(number(Number.NaN)).toBe("–");
    expect(count(123_456)).toBe("123 k");
    expect(count(99_999)).toBe("99,999");
  });
  it("never call something nothing, nor less than all all", () => {
    expect(percent(0)).toBe("0\u00a0%");
    expect(percent(0.00001)).toBe("<\u00a00.01\u00a0%");
    expect(percent(0.99999)).toBe(">\u00a099.99\u00a0%");
    expect(percent(1)).toBe("100\u00a0%");
    expect(percent(0.0312)).toBe("3.1\u00a0%");
    expect(percent(0.27)).toBe("27\u00a0%");
    expect(percent(0.9996)).toBe("99.96\u00a0%");
  });
  it("have as many digits as their neighbours beside an interval", () => {
    expect([0, 0.004, 0.0797, 0.083, 0.1404, 0.9996, 1].map(percentFine)).toEqual(["0", "0.40", "8.0", "8.3", "14.0", "99.96", "100"].map((p) => `${p}\u00a0%`));
    expect([0.05, 0.5, -0.07].map(percentFine)).toEqual(["5\u00a0%", "50\u00a0%", "−7\u00a0%"]);
  });
  it("have a minus below zero, never a hyphen", () => {
    expect([-0.123456, -5, -1234.6, -2_000_000, -0.00001234].map((v) => number(v))).toEqual(["−0.123", "−5", "−1,235", "−2 M", "−1.2e-5"]);
    expect([percent(-0.27), count(-3)]).toEqual(["−27\u00a0%", "−3"]);
    expect([0.2, -0.2, 0].map((v) => signed(v))).toEqual(["+0.2", "−0.2", "0"]);
  });
  it("of one column have the same digits", () => {
    const told = (values: (number | null)[]) => values.map(percentsAlike(values)).map((t) => t.replace("\u00a0%", ""));
    expect(told([0.34, 0.344, 0.0912, 0, 1, null])).toEqual(["34.0", "34.4", "9.1", "0.0", "100.0", "–"]);
    expect(told([0.34, 0.0044])).toEqual(["34.00", "0.44"]);
    expect(told([0.9, 0.9996])).toEqual(["90.00", "99.96"]);
    const scores = [0.5, 0.0921, -0.12345, 0, null];
    expect(scores.map(numbersAlike(scores))).toEqual(["0.500", "0.092", "−0.123", "0.000", "–"]);
    expect([12, 4310].map(numbersAlike([12, 4310]))).toEqual(["12", "4,310"]);
    expect([1.5e6, 3].map(numbersAlike([1.5e6, 3]))).toEqual(["1.5 M", "3"]);
  });
  it("of one column call nothing that is something, nor all that is less", () => {
    const percents = percentsAlike([0.34]);
    expect([0.0003, 0.99996, -0.0003].map(percents)).toEqual(["<\u00a00.1\u00a0%", ">\u00a099.9\u00a0%", ">\u00a0−0.1\u00a0%"]);
    expect(percentsAlike([0.004])(0.00001)).toBe("<\u00a00.01\u00a0%");
    expect(numbersAlike([0.5])(0.0001)).toBe("<\u00a00.001");
  });
  it("tell times with units", () => {
    expect(milliseconds(3.14159)).toBe("3.1 ms");
    expect(milliseconds(118.4)).toBe("118 ms");
    expect(duration(7_800_000)).toBe("2 h 10 min");
    expect(duration(3 * 86_400_000)).toBe("3 d");
    expect(plural(1, "row")).toBe("1 row");
    expect(plural(2, "row")).toBe("2 rows");
  });
});

describe("subjects", () => {
  it("are said as people say them", () => {
    expect(subject({ measure: "missing", column: "input_debt_ratio", segment: { region: "north" } })).toBe("Missing values of input debt_ratio, region north");
    expect(subject({ measure: "performance", metric: "roc_auc" })).toBe("Performance (roc auc)");
    expect(subject({ measure: "something_new" })).toBe("something_new");
  });
});

describe("plain words", () => {
  it("say what is wrong without a figure", () => {
    expect(plainly({ measure: "drift", column: "output_score", segment: { sex: "female" } })).toBe("The output score looks different from what is usual, where sex is female.");
    expect(plainly({ measure: "missing", column: "input_debt_ratio" })).toBe("The input debt ratio is missing more often than usual.");
    expect(plainly({ measure: "fairness", column: "age_band" })).toBe("The groups by age band are treated more differently than usual.");
    expect(plainly({ measure: "something_new" })).toBeNull();
  });
});

describe("states", () => {
  it("ask for somebody only where nobody looks", () => {
    expect(stateOfAlert({ state: "firing", severity: "critical" })).toBe("act");
    expect(stateOfAlert({ state: "firing", severity: "info" })).toBe("watch");
    expect(stateOfAlert({ state: "acknowledged", severity: "critical" })).toBe("watch");
    expect(stateOfAlert({ state: "unknown", severity: "critical" })).toBe("unknown");
    expect(stateOfAlert({ state: "resolved", severity: "critical" })).toBe("fine");
  });
  it("are as bad as the worst of them", () => {
    expect(worst(["fine", "watch", "act"])).toBe("act");
    expect(worst([])).toBe("fine");
  });
  it("of layers do not count what cannot tell, unless nothing can", () => {
    const layers = layerStates([
      { measure: "missing", column: "input_a", state: "ok" },
      { measure: "drift", column: "input_a", state: "unknown" },
      { measure: "drift", column: "output_score", state: "firing" },
      { measure: "errors", column: null, state: "learning" },
    ]);
    expect(layers.map((l) => [l.layer, l.state, l.firing])).toEqual([
      ["service", "unknown", 0],
      ["data", "fine", 0],
      ["model", "act", 1],
      ["business", "unknown", 0],
    ]);
  });
  it("of layers tell apart what tells people and what is not yet out of bounds for long", () => {
    const of = (state: string) => ({ measure: "missing", column: "input_a", state });
    const told = (...states: string[]) => layerStates(states.map(of)).filter((l) => l.layer === "data").map((l) => [l.state, illWords(l), l.monitors]);
    expect(told("firing", "firing", "pending", "ok")).toEqual([["act", "2 firing, 1 pending", 4]]);
    expect(told("pending", "ok")).toEqual([["watch", "1 pending", 2]]);
    expect(told("ok", "unknown")).toEqual([["fine", null, 2]]);
  });
});

type Alert = Parameters<typeof summarise>[1][number];

const ALERT: Alert = {
  id: "a",
  model: "credit-risk",
  family: "quality",
  state: "firing",
  severity: "warning",
  onset_at: "2026-11-10T09:00:00Z",
  fired_at: "2026-11-10T12:00:00Z",
  changed_at: "2026-11-10T12:00:00Z",
  resolved_at: null,
  reopened: 0,
  cause: "Missing values of debt_ratio rose from 1.2 % to 14 %",
  labels: {},
  symptoms: [],
  changes: [{ at: "2026-11-10T08:00:00Z", what: "deployment 2.4.0" }],
  acknowledged: null,
  verdict: null,
};

describe("the summary", () => {
  it("says what is so, since when, near what, and who acts", () => {
    const { state, sentences } = summarise("credit-risk", [ALERT], null);
    expect(state).toBe("act");
    expect(sentences[0]).toBe("Missing values of debt_ratio rose from 1.2 % to 14 %.");
    expect(sentences[1]).toMatch(/^It began .*, near a change: deployment 2\.4\.0\.$/);
    expect(sentences[2]).toBe("Nobody has said yet that they look after it.");
  });
  it("says so when nothing is wrong, or nothing can be told", () => {
    const standing = { state: "watching", reference_from: "2026-11-01T00:00:00Z", reference_to: "2026-11-08T00:00:00Z", closed: null, monitors: [], not_watched: [] };
    expect(summarise("m", [], standing).state).toBe("fine");
    expect(summarise("m", [], { ...standing, state: "learning" }).state).toBe("unknown");
    expect(summarise("m", [], null).state).toBe("unknown");
    expect(summarise("m", [{ ...ALERT, state: "resolved" }], standing).state).toBe("fine");
  });
  it("keeps to the first sentence, and takes no number's point for its end", () => {
    expect(firstSentence("It rose to 1.5 of 3. The rest is calm.")).toBe("It rose to 1.5 of 3.");
    expect(firstSentence("One")).toBe("One");
  });
});

describe("money", () => {
  it("has the digits that matter for a call of a model", () => {
    expect([12.3456, 1234, 0.00412, 0.00000016, 0, null].map(dollars)).toEqual(["$12.35", "$1,234.00", "$0.0041", "<\u00a0$0.0001", "$0", "–"]);
  });
});
