import { Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Profile, profiles } from "../../api/queries";
import { during, quoted, tableOf } from "../../api/sql";
import { DistributionChart } from "../../charts/DistributionChart";
import { Empty, Failed, Waiting } from "../../kit/Asked";
import { QueryLink } from "../../kit/QueryLink";
import { grainOf, type Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { columnName } from "../../words/columns";
import { type Distribution, edgesFor, ofCategories, ofNumbers } from "../../words/distribution";
import { count, number, percent } from "../../words/numbers";
import { broken } from "./failures";
import { useBaseline, wholeDays } from "./useBaseline";

/** One column now against what it was, as distributions. */
export function Difference({ name, column }: { name: string; column: string }) {
  const { range } = useTime();
  const baseline = useBaseline(name);
  const past = baseline.range ?? wholeDays(range);
  const reference = useQuery({ ...profiles(name, { range: wholeDays(past), grain: "1d", column }), enabled: column !== "" });
  const numeric = reference.data?.some((p) => p.type === "number") ?? false;
  const edges = useMemo(() => (numeric ? edgesFor(reference.data ?? []) : null), [numeric, reference.data]);
  const { role, name: bare } = columnName(column);
  const sql = `SELECT ${quoted(column)}, count(*) AS n FROM ${tableOf(name, "predictions")} WHERE ${during(range)} GROUP BY 1 ORDER BY n DESC LIMIT 100`;
  return (
    <>
      <Group justify="space-between">
        <Title order={3}>
          {bare} <Text span size="sm" c="dimmed">{role}</Text>
        </Title>
        <Group gap="md" fz="sm">
          <Link to="/predictions" search={{ model: name, columns: column }}>
            Rows
          </Link>
          <QueryLink sql={sql} words="Query" />
        </Group>
      </Group>
      {reference.isLoadingError && <Failed error={reference.error} retry={() => void reference.refetch()} />}
      {reference.isPending && <Waiting height={260} />}
      {reference.data && (
        <Told name={name} column={column} range={range} past={past} label={baseline.range ? baseline.label : "same time"} edges={edges} reference={reference.data} />
      )}
    </>
  );
}

interface ToldProps {
  name: string;
  column: string;
  range: Range;
  past: Range;
  label: string;
  edges: number[] | null;
  reference: Profile[];
}

function Told({ name, column, range, past, label, edges, reference }: ToldProps) {
  const text = edges?.join(",");
  const now = useQuery(profiles(name, { range, grain: grainOf(range), column, edges: text }));
  const before = useQuery({ ...profiles(name, { range: wholeDays(past), grain: "1d", column, edges: text }), enabled: text !== undefined });
  const told = useMemo((): { now: Distribution; reference: Distribution } | null => {
    if (!now.data) return null;
    if (!edges) return ofCategories(now.data, reference);
    if (!before.data) return null;
    return { now: ofNumbers(now.data, edges, number), reference: ofNumbers(before.data, edges, number) };
  }, [now.data, before.data, edges, reference]);
  const failed = broken([now, before]);
  if (failed[0]) return <Failed error={failed[0].error} retry={() => void Promise.all(failed.map((q) => q.refetch()))} />;
  if (!told) return <Waiting height={260} />;
  if (told.now.labels.length === 0) return <Empty title="Its values are not told">They are times, or texts of which none is frequent.</Empty>;
  if (told.now.rows === 0) return <Empty title="No rows in this time">Choose a longer time above.</Empty>;
  const missing = (d: Distribution) => percent(d.rows > 0 ? d.missing / d.rows : null);
  return (
    <>
      <Text size="sm">
        Missing: {missing(told.now)} of {count(told.now.rows)} rows now, {missing(told.reference)} of {count(told.reference.rows)} in the {label}.
      </Text>
      <DistributionChart column={columnName(column).name} now={told.now} reference={told.reference} referenceLabel={label} steps={edges !== null} />
    </>
  );
}
