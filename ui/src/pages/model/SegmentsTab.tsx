import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { model as modelQuery, modelSpec, schemas } from "../../api/queries";
import { ask, records } from "../../api/sql";
import { Asked, Empty, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { QueryLink } from "../../kit/QueryLink";
import { useTime } from "../../time/useTime";
import { columnName } from "../../words/columns";
import { numbersAlike, percentsAlike } from "../../words/alike";
import { count } from "../../words/numbers";
import { meanInterval, wilson } from "./calibration";
import { positiveClass } from "./positive";
import { type Group, GROUP_MIN, groups, rightness, type SegmentsAsked, segmentsSql } from "./segments";

const SEGMENTS_MAX = 12;

/** How the values of each declared segment fared: traffic, failures, what was said and what came true. */
export default function SegmentsTab({ name }: { name: string }) {
  const { range } = useTime();
  const known = useQuery(schemas(name));
  const view = useQuery(modelQuery(name));
  const spec = useQuery(modelSpec(name));
  const ready = known.isSuccess && view.isSuccess && spec.isSuccess;
  const asked = useMemo((): SegmentsAsked => {
    const columns = new Set(((known.data?.find((s) => s.table === "predictions")?.columns ?? []) as unknown as { name: string }[]).map((c) => c.name));
    return {
      model: name,
      range,
      segments: [...columns].filter((c) => c.startsWith("segment_")).slice(0, SEGMENTS_MAX),
      task: view.data?.task ?? null,
      positive: positiveClass(spec.data?.object),
      hasOutcomes: known.data?.some((s) => s.table === "outcomes") ?? false,
      has: (column) => columns.has(column),
    };
  }, [name, range, known.data, view.data, spec.data]);
  const sql = segmentsSql(asked);
  const told = useQuery({ queryKey: ["sql", sql], enabled: ready && asked.segments.length > 0, staleTime: 5 * 60_000, queryFn: async ({ signal }) => groups(records(await ask(sql, { signal }))) });
  const columns = useMemo(() => columnsFor(asked, told.data?.shown ?? []), [asked, told.data]);
  const broken = known.error ?? view.error ?? spec.error;
  if (broken) {
    return (
      <Stack gap="xs">
        <Title order={2}>How each group fares</Title>
        <Failed error={broken} retry={() => void Promise.all([known, view, spec].map((q) => q.refetch()))} />
      </Stack>
    );
  }
  if (ready && asked.segments.length === 0) {
    return (
      <Empty title="This model sends no segments">
        Send <code>segments</code> with predictions (region, channel, age band…): alerts and figures are then told by them.
      </Empty>
    );
  }
  return (
    <Paper withBorder p="md" data-ready={told.isSuccess || undefined}>
      <Stack>
        <Title order={2}>How each group fares</Title>
        <Text size="sm" c="dimmed">
          Of the time above, with 95 % intervals. Outcomes that come later are not in it yet. <QueryLink sql={sql} />
        </Text>
        <Asked query={told} height={300}>
          {({ shown, suppressed }) => (
            <>
              {shown.length === 0 ? <Empty title="No group has enough rows in this time">Choose a longer time above.</Empty> : <DataTable label="Groups" rows={shown} columns={columns} rowKey={(g) => `${g.segment} ${g.value}`} minWidth={300} />}
              {suppressed > 0 && (
                <Text size="sm" c="dimmed">
                  Not shown (n &lt; {GROUP_MIN}): {suppressed}.
                </Text>
              )}
            </>
          )}
        </Asked>
      </Stack>
    </Paper>
  );
}

function columnsFor(asked: SegmentsAsked, shown: readonly Group[]): Column<Group>[] {
  const right = rightness(asked);
  const has = (column: string) => asked.has(column);
  const segment = (g: Group) => columnName(g.segment).name.replaceAll("_", " ");
  const percents = (of: (g: Group) => number | null) => percentsAlike(shown.map(of));
  const [share, failed, known] = [percents((g) => g.share), percents((g) => g.failed), percents((g) => g.known / g.n)];
  const said = numbersAlike(shown.map((g) => g.said));
  const told: Column<Group>[] = [
    { id: "segment", head: "Segment", wide: true, by: (g) => g.segment, cell: (g) => segment(g) },
    { id: "value", head: "Value", by: (g) => g.value, cell: (g) => <Value group={g} of={segment(g)} /> },
    { id: "n", head: "Predictions", number: true, wide: true, by: (g) => g.n, cell: (g) => count(g.n) },
    { id: "share", head: "Share", number: true, wide: true, by: (g) => g.share, cell: (g) => share(g.share) },
  ];
  if (has("status")) told.push({ id: "failed", head: "Failed", number: true, by: (g) => g.failed ?? -1, cell: (g) => <Interval value={g.failed} ends={g.failed === null ? null : wilson(g.failed, g.n)} format={failed} /> });
  if (has("output_score") || has("output_value")) told.push({ id: "said", head: "Mean answer", number: true, wide: true, by: (g) => g.said ?? -Infinity, cell: (g) => said(g.said) });
  if (right) {
    const format = (right.kind === "share" ? percentsAlike : numbersAlike)(shown.map((g) => g.came));
    const ends = (g: Group) => (g.came === null ? null : right.kind === "share" ? wilson(g.came, g.known) : meanInterval(g.came, g.spread, g.known));
    told.push({ id: "came", head: right.words, number: true, by: (g) => g.came ?? -Infinity, cell: (g) => (g.came === null ? <span>n &lt; {GROUP_MIN}</span> : <Interval value={g.came} ends={ends(g)} format={format} />) });
    told.push({ id: "known", head: "Outcomes known", number: true, wide: true, by: (g) => g.known / g.n, cell: (g) => `${count(g.known)} (${known(g.known / g.n)})` });
  }
  return told;
}

/** A value; where there is no room for more columns, with its segment and its rows. */
function Value({ group, of }: { group: Group; of: string }) {
  return (
    <>
      <b>{group.value}</b>
      <Text size="xs" c="dimmed" hiddenFrom="md">
        {of}, <span className="nowrap">n = {count(group.n)}</span>
      </Text>
    </>
  );
}

function Interval({ value, ends, format }: { value: number | null; ends: [number, number] | null; format: (value: number) => string }) {
  if (value === null) return <span>–</span>;
  return (
    <span>
      {format(value)}
      {ends && (
        <Text span size="xs" c="dimmed" className="ends">
          {` [${format(ends[0])}, ${format(ends[1])}]`}
        </Text>
      )}
    </span>
  );
}
