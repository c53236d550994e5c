import { outcomesSql } from "../../api/outcomes";
import { type Cell, during, literal, tableOf } from "../../api/sql";
import type { Range } from "../../time/range";
import { meanInterval, wilson } from "./calibration";

/** Two versions side by side, over the same time. */
export interface VersusAsked {
  model: string;
  range: Range;
  champion: string;
  challenger: string;
  task: string | null;
  positive: string;
  hasOutcomes: boolean;
  /** How many rows of each tell their latency: the ranks of an interval come from it. */
  timed: [champion: number, challenger: number];
  /** Which columns there are. */
  has: (column: string) => boolean;
}

/** Fewer rows say nothing of a version. */
export const ROWS_MIN = 30;

type Kind = "share" | "size" | "ms";

/** How right answers were, where it is a mean over rows; what is better is told. */
export function rightness({ task, positive, hasOutcomes, has }: VersusAsked): { words: string; kind: Kind; better: "less" | "more"; sql: string } | null {
  if (!hasOutcomes) return null;
  if (task === "binary" && has("output_score")) {
    const came = `CASE WHEN o.class = ${literal(positive)} THEN 1.0 ELSE 0.0 END`;
    return { words: "Squared error of scores", kind: "size", better: "less", sql: `CASE WHEN o.class IS NOT NULL THEN (p.output_score - ${came}) * (p.output_score - ${came}) END` };
  }
  if (task === "multiclass" && has("output_class")) {
    return { words: "Right answers", kind: "share", better: "more", sql: "CASE WHEN o.class = p.output_class THEN 1.0 WHEN o.class IS NOT NULL THEN 0.0 END" };
  }
  if (task === "regression" && has("output_value")) return { words: "Mean error", kind: "size", better: "less", sql: "abs(p.output_value - o.value)" };
  return null;
}

interface Mean {
  id: string;
  words: string;
  kind: Kind;
  better: "less" | "more" | null;
  sql: string;
}

/** Figures that are means over rows. */
function means(asked: VersusAsked): Mean[] {
  const out: Mean[] = [];
  const share = (condition: string, of: string) => `CASE WHEN ${condition} THEN 1.0 WHEN ${of} IS NOT NULL THEN 0.0 END`;
  if (asked.has("status")) out.push({ id: "failed", words: "Failed requests", kind: "share", better: "less", sql: share("p.status = 'error'", "p.status") });
  if (asked.has("output_score")) out.push({ id: "score", words: "Mean score", kind: "size", better: null, sql: "p.output_score" });
  else if (asked.has("output_value")) out.push({ id: "value", words: "Mean answer", kind: "size", better: null, sql: "p.output_value" });
  if (asked.task === "binary" && asked.has("output_class")) {
    out.push({ id: "positive", words: `Share answered with ${asked.positive}`, kind: "share", better: null, sql: share(`p.output_class = ${literal(asked.positive)}`, "p.output_class") });
  }
  const right = rightness(asked);
  if (right) out.push({ id: "right", ...right });
  return out;
}

const QUANTILES = [
  { id: "p50", words: "Median latency", rank: 0.5 },
  { id: "p99", words: "Latency, slowest 1 in 100", rank: 0.99 },
] as const;

type Ends = [low: number, rank: number, high: number];

/** Ranks of a quantile and of its interval, of so many rows. */
function ends(rank: number, n: number): Ends {
  const half = 1.96 * Math.sqrt((rank * (1 - rank)) / Math.max(n, 1));
  const fine = (r: number) => Number(Math.min(1, Math.max(0, r)).toFixed(5));
  return [fine(rank - half), rank, fine(rank + half)];
}

/** All ranks that are asked for, of both versions. */
function ranks({ timed }: VersusAsked): number[] {
  return [...new Set(QUANTILES.flatMap(({ rank }) => timed.flatMap((n) => ends(rank, n))))];
}

/** One statement for both versions. */
export function versusSql(asked: VersusAsked): string {
  const own = means(asked);
  const right = own.some((m) => m.id === "right");
  const figures = own.map((m) => `count(${m.sql}) AS n_${m.id}, avg(${m.sql}) AS m_${m.id}, stddev(${m.sql}) AS s_${m.id}`);
  if (asked.has("latency_ms")) figures.push("count(p.latency_ms) AS n_latency", ...ranks(asked).map((rank, at) => `approx_percentile_cont(p.latency_ms, ${rank}) AS q${at}`));
  const field = asked.task === "regression" ? "value" : "class";
  const join = right ? ` LEFT JOIN ${outcomesSql(asked.model, asked.range, [field])} o ON o.prediction_id = p.id` : "";
  const both = [asked.champion, asked.challenger].map(literal).join(", ");
  return `SELECT p.version AS version, count(*) AS n, ${figures.join(", ")} FROM ${tableOf(asked.model, "predictions")} p${join} WHERE ${during(asked.range, "p.time")} AND p.version IN (${both}) GROUP BY p.version`;
}

/** A figure of one version; without a value where it has too few rows. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
}

export interface Line {
  id: string;
  words: string;
  kind: Kind;
  better: "less" | "more" | null;
  champion: Figure;
  challenger: Figure;
  /** The challenger's less the champion's. */
  difference: Figure | null;
  /** Whether the challenger's is surely less, or more. */
  sure: "less" | "more" | null;
}

type Row = Record<string, Cell>;

const number = (value: Cell | undefined) => (typeof value === "number" ? value : null);

function meanOf(row: Row | undefined, { id, kind }: Mean): Figure {
  const n = number(row?.[`n_${id}`]) ?? 0;
  const value = number(row?.[`m_${id}`]);
  if (value === null || n < ROWS_MIN) return { value: null, low: null, high: null, n };
  const bounds = kind === "share" ? wilson(value, n) : meanInterval(value, number(row?.[`s_${id}`]), n);
  return { value, low: bounds?.[0] ?? null, high: bounds?.[1] ?? null, n };
}

/** A quantile with the interval of order statistics. */
function quantileOf(asked: VersusAsked, row: Row | undefined, rank: number, timed: number): Figure {
  const all = ranks(asked);
  const [low, value, high] = ends(rank, timed).map((r) => number(row?.[`q${all.indexOf(r)}`]));
  const n = number(row?.n_latency) ?? 0;
  if (value === undefined || value === null || n < ROWS_MIN) return { value: null, low: null, high: null, n };
  return { value, low: low ?? null, high: high ?? null, n };
}

/** The difference of two figures that know nothing of each other, from the ends of their intervals (Newcombe; MOVER). */
export function differenceOf(a: Figure, b: Figure): Figure | null {
  if (a.value === null || b.value === null) return null;
  const n = a.n + b.n;
  const value = b.value - a.value;
  if (a.low === null || a.high === null || b.low === null || b.high === null) return { value, low: null, high: null, n };
  return { value, low: value - Math.hypot(b.value - b.low, a.high - a.value), high: value + Math.hypot(b.high - b.value, a.value - a.low), n };
}

/** All figures of both versions, in the order in which they are read. */
export function lines(asked: VersusAsked, rows: readonly Row[]): Line[] {
  const row = (version: string) => rows.find((r) => r.version === version);
  const [a, b] = [row(asked.champion), row(asked.challenger)];
  const line = (about: Pick<Line, "id" | "words" | "kind" | "better">, champion: Figure, challenger: Figure): Line => {
    const difference = differenceOf(champion, challenger);
    const sure = difference && difference.low !== null && difference.low > 0 ? "more" : difference && difference.high !== null && difference.high < 0 ? "less" : null;
    return { id: about.id, words: about.words, kind: about.kind, better: about.better, champion, challenger, difference, sure };
  };
  const told = means(asked).map((m) => line(m, meanOf(a, m), meanOf(b, m)));
  if (asked.has("latency_ms")) {
    const latency = QUANTILES.map((q) => line({ id: q.id, words: q.words, kind: "ms", better: "less" }, quantileOf(asked, a, q.rank, asked.timed[0]), quantileOf(asked, b, q.rank, asked.timed[1])));
    told.splice(told[0]?.id === "failed" ? 1 : 0, 0, ...latency);
  }
  return told;
}

/** Rows of each version in the time. */
export function rowsOf(asked: VersusAsked, rows: readonly Row[]): [number, number] {
  const n = (version: string) => number(rows.find((r) => r.version === version)?.n) ?? 0;
  return [n(asked.champion), n(asked.challenger)];
}

/** What the comparison says, in plain words. */
export function told(asked: Pick<VersusAsked, "champion" | "challenger">, all: readonly Line[], [first, second]: [number, number]): string {
  const { champion, challenger } = asked;
  const few = [first < ROWS_MIN ? champion : "", second < ROWS_MIN ? challenger : ""].filter(Boolean);
  if (few.length > 0) return `Cannot tell: ${few.join(" and ")} answered fewer than ${ROWS_MIN} requests in this time.`;
  const low = (lines: readonly Line[]) => lines.map((l) => l.words[0]?.toLowerCase() + l.words.slice(1)).join(", ");
  const judged = all.filter((l) => l.better !== null);
  const better = judged.filter((l) => l.sure !== null && l.sure === l.better);
  const worse = judged.filter((l) => l.sure !== null && l.sure !== l.better);
  const moved = all.filter((l) => l.better === null && l.sure !== null);
  const out: string[] = [];
  if (better.length > 0) out.push(`${challenger} is surely better than ${champion} in: ${low(better)}.`);
  if (worse.length > 0) out.push(`${challenger} is surely worse${better.length > 0 ? "" : ` than ${champion}`} in: ${low(worse)}.`);
  if (better.length + worse.length === 0) out.push(`Nothing says that ${challenger} is better or worse than ${champion}: no such figure surely differs.`);
  if (moved.length > 0) out.push(`Its answers differ: ${moved.map((l) => `${l.words[0]?.toLowerCase()}${l.words.slice(1)} is ${l.sure === "more" ? "higher" : "lower"}`).join(", ")}.`);
  const right = all.find((l) => l.id === "right");
  if (!right) out.push("Which one is right more often is not known: no outcome says so.");
  else if (right.difference === null) out.push("Which one is right more often is not known yet: too few outcomes came.");
  return out.join(" ");
}

/** A version in all of its environments. */
export interface Candidate {
  version: string;
  rows: number;
  /** Rows that tell their latency. */
  timed: number;
  firstSeen: number;
}

/** Each version once, those with the most rows first. */
export function candidates(versions: readonly Candidate[]): Candidate[] {
  const by = new Map<string, Candidate>();
  for (const v of versions) {
    const known = by.get(v.version);
    by.set(v.version, known ? { ...v, rows: v.rows + known.rows, timed: v.timed + known.timed, firstSeen: Math.min(v.firstSeen, known.firstSeen) } : v);
  }
  return [...by.values()].sort((x, y) => y.rows - x.rows || y.firstSeen - x.firstSeen);
}

/** The two that are looked at first: those with the most rows, the older one as the champion; null where fewer than two have any. */
export function firstPair(all: readonly Candidate[]): [string, string] | null {
  const [a, b] = all.filter((v) => v.rows > 0);
  if (!a || !b) return null;
  return a.firstSeen <= b.firstSeen ? [a.version, b.version] : [b.version, a.version];
}
