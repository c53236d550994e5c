import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { type Column, DataTable } from "../../kit/DataTable";
import type { Range } from "../../time/range";
import { numbersAlike } from "../../words/alike";
import { count, duration, number } from "../../words/numbers";
import { type Burn, burnAt, burnOver, type Counted, type Objective, type Rule, rulesOf } from "./objectives";
import { useMarkers } from "./useMarkers";

/** Intervals of fewer rows would be all that is seen. */
const ROWS_MIN = 30;

export const times = (rate: number | null) => (rate === null ? "–" : `${number(rate, 2)} ×`);

interface Props {
  model: string;
  objective: Objective;
  counts: readonly Counted[];
  range: Range;
  /** Windows that the counts are of. */
  stepMs: number;
}

/** How fast the budget went, and from where on someone is told. */
export function BurnChart({ model, objective, counts, range, stepMs }: Props) {
  const palette = usePalette();
  const markers = useMarkers(model);
  const rules = useMemo(() => rulesOf(objective).filter((r) => r.longMs >= stepMs && r.longMs <= objective.overMs), [objective, stepMs]);
  const [chosen, setChosen] = useState<string | null>(null);
  const rule = rules.find((r) => duration(r.longMs) === chosen) ?? rules.find((r) => r.longMs >= 24 * 3_600_000) ?? rules[rules.length - 1];
  const chart = useMemo(() => {
    const burns = rule ? burnOver(counts, objective.target, rule.longMs) : [];
    const level = (label: string, value: number, color?: string) => ({ label, values: counts.map(() => value), color, dashed: true });
    const end = (of: (b: Burn) => number | null) => burns.map((b) => (b.all < ROWS_MIN ? null : of(b)));
    return {
      times: counts.map((c) => c.to),
      lines: [
        level("just spent at the end", 1, palette.reference),
        level("people are told", rule?.threshold ?? 1, palette.series[1]),
        { label: "budget goes", values: burns.map((b) => b.rate), low: end((b) => b.low), high: end((b) => b.high), color: palette.current },
      ],
    };
  }, [counts, objective, rule, palette]);
  if (!rule) return null;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Text size="sm" id={`over-${objective.name}`}>
          How fast it went in the time before:
        </Text>
        <SegmentedControl size="xs" aria-labelledby={`over-${objective.name}`} data={rules.map((r) => duration(r.longMs))} value={duration(rule.longMs)} onChange={setChosen} />
      </Group>
      <TimeChart title={`Burn rate over ${duration(rule.longMs)}, with 95 % intervals`} times={chart.times} lines={chart.lines} markers={markers} extent={range} format={times} />
      <Rules objective={objective} counts={counts} rules={rules} />
    </Stack>
  );
}

interface Looked {
  rule: Rule;
  long: Burn;
  short: Burn;
}

type Format = (rate: number | null) => string;

/** Rates of all rules have the same digits. */
function columnsFor(rows: readonly Looked[]): Column<Looked>[] {
  const long = numbersAlike(rows.map((r) => r.long.rate), 2);
  const short = numbersAlike(rows.map((r) => r.short.rate), 2);
  const threshold = numbersAlike(rows.map((r) => r.rule.threshold));
  return [
    { id: "long", head: "Over the last", cell: ({ rule }) => duration(rule.longMs) },
    { id: "rate", head: "It goes", number: true, cell: (r) => <BurnFigure burn={r.long} format={long} /> },
    { id: "n", head: "n", number: true, wide: true, cell: (r) => count(r.long.all) },
    { id: "short", head: "And lately", number: true, wide: true, cell: (r) => lately(r, short) },
    { id: "threshold", head: "Told from", number: true, title: "Both must be faster, the first one surely", cell: ({ rule }) => `${threshold(rule.threshold)} ×` },
  ];
}

/** The short window; where counts are too coarse for one, it is the long one, which is told already. */
function lately({ rule, short }: Looked, format: Format): string {
  return rule.shortMs === rule.longMs || short.rate === null ? "–" : `${format(short.rate)} × in ${duration(rule.shortMs)}`;
}

function BurnFigure({ burn, format }: { burn: Burn; format: Format }) {
  return (
    <span>
      {burn.rate === null ? "–" : `${format(burn.rate)} ×`}
      {burn.low !== null && (
        <Text span size="xs" c="dimmed" display="block">
          {`[${format(burn.low)}, ${format(burn.high)}]`}
        </Text>
      )}
    </span>
  );
}

/** The rules by which people are told, with how fast the budget goes now. */
function Rules({ objective, counts, rules }: { objective: Objective; counts: readonly Counted[]; rules: readonly Rule[] }) {
  const now = counts[counts.length - 1]?.to ?? 0;
  const rows = rules.map((rule): Looked => {
    const over = (lengthMs: number) => burnAt(counts, objective.target, lengthMs, now);
    return { rule, long: over(rule.longMs), short: over(rule.shortMs) };
  });
  return <DataTable label={`When people are told of ${objective.name}`} rows={rows} columns={columnsFor(rows)} rowKey={(r) => String(r.rule.longMs)} />;
}
