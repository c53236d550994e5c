import { describe, expect, it } from "vitest";
import { type Attribute, boundsWords, coverage, declaration, type Fairness, type Gap, groupNote, type Group, headline, orderedAttributes, orderedGaps, pointsAlike, rowsOf, scaleOf, signedPointsAlike, stateOf, verdictOf } from "./fairness";

const figure = (value: number | null, low = value, high = value) => ({ value, low, high, n: 100, status: value === null ? "undefined" : "ok" });
const gap = (criterion: string, verdict: string, value: number | null = 0.12): Gap => ({ criterion, difference: figure(value), ratio: criterion === "calibration" ? null : figure(value), lowest: "f", highest: "m", difference_max: 0.1, ratio_min: criterion === "calibration" ? null : 0.8, verdict, sentence: `${criterion} is ${verdict}` });
const group = (name: string, selected: number, high: number, compared = true): Group => ({ name, n: 100, labelled: 40, compared, rates: [{ ...figure(selected, selected / 2, high), name: "selection_rate" }] });
const attribute = (columns: string[], gaps: Gap[], groups: Group[] = [], pooled = 0): Attribute => ({ name: columns.map((c) => c.replace("segment_", "")).join(" & "), columns, groups, pooled, gaps });
const view = (attributes: Attribute[], labelled = 38, rows = 100): Fairness => ({ model: "loan", from: "", to: "", positive_class: "1", rows, labelled, attributes, notes: [], sql: null });
const range = { from: 0, to: 86_400_000 };

const calm = attribute(["segment_age"], [gap("demographic_parity", "within", 0.01), gap("equal_opportunity", "within", 0.02), gap("calibration", "open", null)]);
const unsure = attribute(["segment_region"], [gap("demographic_parity", "open", 0.09), gap("equal_opportunity", "open", null)]);
const ill = attribute(["segment_sex"], [gap("calibration", "within", 0.01), gap("equal_opportunity", "open", 0.08), gap("demographic_parity", "breach", 0.2)]);
const together = attribute(["segment_sex", "segment_age"], [gap("demographic_parity", "breach", 0.3)]);

describe("fairness", () => {
  it("has what is beyond a bound first, and all attributes together last", () => {
    expect(orderedAttributes([together, calm, unsure, ill]).map((a) => a.name)).toEqual(["sex", "region", "age", "sex & age"]);
    expect(orderedGaps(ill.gaps).map((g) => g.criterion)).toEqual(["demographic_parity", "equal_opportunity", "calibration"]);
  });
  it("tells verdicts as state and word", () => {
    expect(verdictOf(gap("calibration", "breach"))).toEqual({ state: "act", word: "beyond" });
    expect(verdictOf(gap("calibration", "within"))).toEqual({ state: "fine", word: "within" });
    expect(verdictOf(gap("calibration", "open")).word).toBe("needs rows");
    expect(verdictOf(gap("calibration", "open", null))).toEqual({ state: "unknown", word: "cannot tell" });
  });
  it("does not blame a model without scores for its calibration, but one without outcomes", () => {
    expect(stateOf(calm)).toBe("fine");
    expect(stateOf(attribute(["segment_age"], [gap("demographic_parity", "within"), gap("equal_opportunity", "open", null), gap("calibration", "open", null)]))).toBe("unknown");
    expect(stateOf(attribute(["segment_age"], []))).toBe("unknown");
  });
  it("first says what differs more than is allowed", () => {
    const told = headline(view([together, calm, ill]));
    expect(told.state).toBe("act");
    expect(told.sentences).toEqual(["demographic_parity is breach.", "demographic_parity is breach.", "1 gap cannot be told yet."]);
  });
  it("tells few gaps by their sentences, the others by their number", () => {
    const many = attribute(["segment_sex"], Array.from({ length: 6 }, (_, at) => gap(`c${at}`, "breach")));
    expect(headline(view([many])).sentences).toEqual(["c0 is breach.", "c1 is breach.", "c2 is breach.", "c3 is breach.", "2 more gaps are beyond what is allowed."]);
  });
  it("is within only where nothing is open", () => {
    expect(headline(view([calm]))).toEqual({ state: "fine", word: "within what is allowed", sentences: ["All 2 gaps between groups are within what is allowed."] });
    expect(headline(view([calm, unsure]))).toEqual({
      state: "unknown",
      word: "cannot tell yet",
      sentences: ["Nobody can tell yet whether groups are treated alike.", "Of 4 gaps: 2 within what is allowed, 1 in need of more rows, 1 without anything to compare.", "38 rows have an outcome."],
    });
    expect(headline(view([], 0)).sentences).toEqual(["Nobody can tell yet whether groups are treated alike.", "No outcome is known yet."]);
  });
  it("says how many outcomes are known, and what is allowed", () => {
    expect(coverage({ rows: 12_345, labelled: 4_691 })).toBe("Outcomes are known for 38\u00a0% of 12,345 predictions; equal selection needs none.");
    expect(coverage({ rows: 10, labelled: 0 })).toBe("Outcomes are known for none of 10 predictions; equal selection needs none.");
    expect(coverage({ rows: 0, labelled: 0 })).toBe("There are no predictions in this time.");
    expect(boundsWords(view([calm]))).toBe("Allowed is that groups are at most 10 points apart, and that the lowest has at least four fifths of the rate of the highest.");
    expect(boundsWords(view([]))).toBe("");
  });
  it("tells shares as points, never nothing of something", () => {
    const alike = (...shares: (number | null | undefined)[]) => shares.map(pointsAlike(shares));
    expect(alike(0.12, 0, -0.0512, null, 1)).toEqual(["12.0", "0.0", "−5.1", "–", "100.0"]);
    expect(alike(0.12, 0.0004, 0.00001, -0.00001)).toEqual(["12.00", "0.04", "<\u00a00.01", ">\u00a0−0.01"]);
    expect([0.031, -0.031, 0, 0.00001, undefined].map(signedPointsAlike([0.031]))).toEqual(["+3.1", "−3.1", "0.0", "<\u00a00.1", "–"]);
  });
  it("tells the groups that nobody named, and leads to the rows of the others", () => {
    const [f, own, pool, missing] = [group("<b>f", 0.3, 0.4), group("other", 0.2, 0.3), group("other", 0.1, 0.7, false), group("missing", 0, 0.1, false)];
    const sex = attribute(["segment_sex"], [], [f, own, pool, missing], 2);
    expect(sex.groups.map((g) => groupNote(g, sex))).toEqual([null, null, "2 groups of fewer than 30 rows, not compared", "group not known, not compared"]);
    expect(sex.groups.map((g) => rowsOf("loan", sex, g, range)?.where[0])).toEqual(["segment_sex=<b>f", "segment_sex=other", undefined, "segment_sex is missing"]);
    expect(rowsOf("loan", together, f, range)).toBeNull();
    expect(scaleOf(sex.groups)).toBe(0.7);
    expect(scaleOf([])).toBe(1);
  });
  it("is declared with the class that is there", () => {
    expect(declaration(null)).toContain('positive_class: "1"');
    expect(declaration('a "b"')).toContain(String.raw`positive_class: "a \"b\""`);
  });
});
