import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { schemas } from "../../api/queries";
import { ask, records } from "../../api/sql";
import { Asked, Empty, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { QueryLink } from "../../kit/QueryLink";
import { useTime } from "../../time/useTime";
import { count, number } from "../../words/numbers";
import { type Importance, importances, importanceSql } from "./importance";
import { useBaseline } from "./useBaseline";

/** What counts for the answers of a model, now and before: mean sizes of attributions. */
export default function ExplanationsTab({ name }: { name: string }) {
  const { range } = useTime();
  const baseline = useBaseline(name);
  const known = useQuery(schemas(name));
  const features = useMemo(() => {
    const columns = (known.data?.find((s) => s.table === "predictions")?.columns ?? []) as unknown as { name: string }[];
    return columns.map((c) => c.name).filter((c) => c.startsWith("attribution_") && c !== "attribution_base_value");
  }, [known.data]);
  const sql = importanceSql(name, features, range, baseline.range);
  const told = useQuery({
    queryKey: ["sql", sql],
    enabled: features.length > 0 && !baseline.pending,
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }) => importances(features, records(await ask(sql, { signal }))),
  });
  const most = Math.max(...(told.data ?? []).flatMap((i) => [i.now ?? 0, i.before ?? 0]), 1e-12);
  const columns = useMemo(
    (): Column<Importance>[] => [
      { id: "feature", head: "Feature", by: (i) => i.feature, cell: (i) => i.feature.replaceAll("_", " ") },
      { id: "now", head: "Now", number: true, by: (i) => i.now ?? -1, cell: (i) => number(i.now) },
      { id: "before", head: "Before", title: baseline.label, number: true, by: (i) => i.before ?? -1, cell: (i) => number(i.before) },
      {
        id: "bar",
        head: "Now, and before as a mark",
        wide: true,
        cell: (i) => (
          <div className="bar" aria-hidden="true">
            <span style={{ width: `${((i.now ?? 0) / most) * 100}%` }} />
            {i.before !== null && <i style={{ left: `${(i.before / most) * 100}%` }} />}
          </div>
        ),
      },
      { id: "n", head: "Rows", number: true, wide: true, by: (i) => i.n, cell: (i) => count(i.n) },
    ],
    [most, baseline.label],
  );
  if (known.isError) {
    return (
      <Stack gap="xs">
        <Title order={2}>What counts for the answers</Title>
        <Failed error={known.error} retry={() => void known.refetch()} />
      </Stack>
    );
  }
  if (known.isSuccess && features.length === 0) {
    return (
      <Empty title="This model sends no attributions">
        Send <code>attributions</code> with predictions (feature → number): what counts is then shown here, and on the page of each prediction.
      </Empty>
    );
  }
  return (
    <Paper withBorder p="md" data-ready={told.isSuccess || undefined}>
      <Stack>
        <Title order={2}>What counts for the answers</Title>
        <Text size="sm" c="dimmed">
          How much each feature moved an answer on average, up or down, in the unit of the attributions. Before: {baseline.label}. <QueryLink sql={sql} />
        </Text>
        <Asked query={told} height={300}>
          {(list) => <DataTable label="Features by what they count" rows={list} columns={columns} rowKey={(i) => i.feature} minWidth={300} />}
        </Asked>
      </Stack>
    </Paper>
  );
}
