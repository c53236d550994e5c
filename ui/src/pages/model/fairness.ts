import type { Schemas } from "../../api/client";
import { iso, type Range } from "../../time/range";
import { fixed } from "../../words/alike";
import { number, percent, plural } from "../../words/numbers";
import { rank, type State, worst } from "../../words/state";
import { GROUP_MIN } from "./segments";

export type Fairness = Schemas["FairnessView"];
export type Attribute = Schemas["FairnessAttributeView"];
export type Group = Schemas["FairnessGroupView"];
export type Gap = Schemas["FairnessGapView"];
export type Figure = Schemas["RateFigure"];

/** So many gaps are told by their sentences; of more, how many they are. */
const TOLD_MAX = 4;

const CRITERIA: Record<string, { words: string; term: string }> = {
  demographic_parity: { words: "Equally often selected", term: "demographic parity" },
  equal_opportunity: { words: "Equally often selected, of those who should be", term: "equal opportunity, true positive rate" },
  equalised_odds: { words: "Equal rates of right and of false selection", term: "equalised odds, true and false positive rate" },
  predictive_parity: { words: "Equally often right when selected", term: "predictive parity, positive predictive value" },
  calibration: { words: "Scores equally near to what comes true", term: "calibration, mean score less base rate" },
};

/** What should be equal, in plain words and as the books call it. */
export function criterionWords(criterion: string): { words: string; term: string } {
  return CRITERIA[criterion] ?? { words: criterion.replaceAll("_", " "), term: "" };
}

const hasValue = (figure: Figure) => typeof figure.value === "number";

/** How a gap stands: a gap that has no value is not one that more rows surely mend. */
export function verdictOf(gap: Gap): { state: State; word: string } {
  if (gap.verdict === "breach") return { state: "act", word: "beyond" };
  if (gap.verdict === "within") return { state: "fine", word: "within" };
  return { state: "unknown", word: hasValue(gap.difference) ? "needs rows" : "cannot tell" };
}

/** How an attribute stands, in words: what is within bounds need not be fair. */
export const ATTRIBUTE_WORDS: Record<State, string> = { act: "beyond the bound", watch: "watch", fine: "within", unknown: "cannot tell yet" };

/** Worst first, else as they came. */
export function orderedGaps(gaps: readonly Gap[]): Gap[] {
  return [...gaps].sort((a, b) => rank(verdictOf(a).state) - rank(verdictOf(b).state));
}

/** Those that bear on the state: a model without scores is not to blame that its calibration cannot be told. */
function counting({ gaps }: Attribute): Gap[] {
  const byOutcome = gaps.some((g) => g.criterion !== "demographic_parity" && g.criterion !== "calibration" && hasValue(g.difference));
  return gaps.filter((g) => g.criterion !== "calibration" || !byOutcome || hasValue(g.difference));
}

export function stateOf(attribute: Attribute): State {
  const gaps = counting(attribute);
  return gaps.length === 0 ? "unknown" : worst(gaps.map((g) => verdictOf(g).state));
}

/** Worst first, but all attributes together after each by itself. */
export function orderedAttributes(attributes: readonly Attribute[]): Attribute[] {
  const together = (a: Attribute) => Number(a.columns.length > 1);
  return [...attributes].sort((a, b) => together(a) - together(b) || rank(stateOf(a)) - rank(stateOf(b)));
}

/** What the tab says first. */
export interface Headline {
  state: State;
  word: string;
  sentences: string[];
}

export function headline(view: Fairness): Headline {
  const gaps = orderedAttributes(view.attributes).flatMap((a) => orderedGaps(counting(a)));
  const by = (state: State) => gaps.filter((g) => verdictOf(g).state === state);
  const [beyond, within, open] = [by("act"), by("fine"), by("unknown")];
  const short = open.filter((g) => hasValue(g.difference)).length;
  const untold = open.length - short;
  if (beyond.length > 0) {
    const sentences = beyond.slice(0, TOLD_MAX).map((g) => closed(g.sentence));
    const more = beyond.length - sentences.length;
    if (more > 0) sentences.push(more === 1 ? "One more gap is beyond what is allowed." : `${more} more gaps are beyond what is allowed.`);
    if (open.length > 0) sentences.push(`${plural(open.length, "gap")} cannot be told yet.`);
    return { state: "act", word: "differs more than is allowed", sentences };
  }
  if (open.length === 0 && gaps.length > 0) {
    return { state: "fine", word: "within what is allowed", sentences: [gaps.length === 1 ? "The one gap between groups is within what is allowed." : `All ${gaps.length} gaps between groups are within what is allowed.`] };
  }
  const parts = [within.length > 0 && `${within.length} within what is allowed`, short > 0 && `${short} in need of more rows`, untold > 0 && `${untold} without anything to compare`].filter(Boolean);
  const sentences = ["Nobody can tell yet whether groups are treated alike."];
  if (parts.length > 0) sentences.push(`Of ${plural(gaps.length, "gap")}: ${parts.join(", ")}.`);
  sentences.push(view.labelled === 0 ? "No outcome is known yet." : `${plural(view.labelled, "row")} ${view.labelled === 1 ? "has" : "have"} an outcome.`);
  return { state: "unknown", word: "cannot tell yet", sentences };
}

function closed(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** Which rows stand behind it. */
export function coverage({ rows, labelled }: Pick<Fairness, "rows" | "labelled">): string {
  if (rows === 0) return "There are no predictions in this time.";
  const share = labelled === 0 ? "none" : labelled === rows ? "all" : percent(labelled / rows);
  return `Outcomes are known for ${share} of ${plural(rows, "prediction")}; equal selection needs none.`;
}

/** What is allowed, as the server says. */
export function boundsWords(view: Fairness): string {
  const gaps = view.attributes.flatMap((a) => a.gaps);
  const most = gaps[0]?.difference_max;
  const least = gaps.find((g) => typeof g.ratio_min === "number")?.ratio_min;
  if (most === undefined) return "";
  const ratio = typeof least === "number" ? `, and that the lowest has at least ${least === 0.8 ? "four fifths" : percent(least)} of the rate of the highest` : "";
  return `Allowed is that groups are at most ${number(most * 100)} points apart${ratio}.`;
}

/** How differences of one column are told in points of a hundred: with one decimal, or two where one needs it; never nothing of something. */
export function pointsAlike(shares: readonly (number | null | undefined)[]): (share: number | null | undefined) => string {
  const sizes = shares.flatMap((share) => (typeof share === "number" && Number.isFinite(share) ? [Math.abs(share * 100)] : []));
  const decimals = sizes.some((size) => size > 0 && size < 0.1) ? 2 : 1;
  return (share) => (typeof share === "number" && Number.isFinite(share) ? fixed(share * 100, decimals) : "–");
}

/** Points of which the sign tells something. */
export function signedPointsAlike(shares: readonly (number | null | undefined)[]): (share: number | null | undefined) => string {
  const told = pointsAlike(shares);
  return (share) => (typeof share === "number" && share > 0 && !told(share).startsWith("<") ? `+${told(share)}` : told(share));
}

export function rateOf(group: Group, name: string): Figure | null {
  return group.rates.find((r) => r.name === name) ?? null;
}

/** Where a picture of selection rates ends: at the highest end of an interval. */
export function scaleOf(groups: readonly Group[]): number {
  const ends = groups.flatMap((g) => {
    const rate = rateOf(g, "selection_rate");
    return [rate?.value ?? 0, rate?.high ?? 0];
  });
  const most = Math.max(0, ...ends);
  return most > 0 ? Math.min(1, most) : 1;
}

/** What a group is that nobody named. */
export function groupNote(group: Group, attribute: Attribute): string | null {
  if (isPool(group, attribute)) return `${plural(attribute.pooled, "group")} of fewer than ${GROUP_MIN} rows${group.compared ? "" : ", not compared"}`;
  return group.compared ? null : "group not known, not compared";
}

/** A group may be called like the pool; the pool comes after it. */
function isPool(group: Group, attribute: Attribute): boolean {
  return attribute.pooled > 0 && attribute.groups.findLast((g) => g.name === "other") === group;
}

/** The page of a group's rows; null of groups that no single condition tells. */
export function rowsOf(model: string, attribute: Attribute, group: Group, range: Range): { model: string; where: string[]; from: string; to: string } | null {
  const [column, ...others] = attribute.columns;
  if (column === undefined || others.length > 0 || isPool(group, attribute)) return null;
  const where = group.compared ? `${column}=${group.name}` : `${column} is missing`;
  return { model, where: [where], from: iso(range.from), to: iso(range.to) };
}

/** The part of a `Model` that has fairness judged. */
export function declaration(positive: string | null | undefined): string {
  return `spec:
  positive_class: ${JSON.stringify(positive ?? "1")}   # the class of those who are selected
  protected: [sex]      # segments or inputs whose groups are compared
`;
}
