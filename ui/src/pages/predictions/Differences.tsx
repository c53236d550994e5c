import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask, records } from "../../api/sql";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { QueryLink } from "../../kit/QueryLink";
import type { Range } from "../../time/range";
import { columnName } from "../../words/columns";
import { fixed } from "../../words/alike";
import { count, number, percent } from "../../words/numbers";
import { type ColumnDifference, comparable, differences, differenceSql } from "./difference";
import type { Listing } from "./listing";

const COLUMNS: Column<ColumnDifference>[] = [
  {
    id: "column",
    head: "Column",
    by: (d) => d.column,
    cell: (d) => (
      <span title={d.column}>
        <b>{columnName(d.column).name}</b>
        {d.value === null ? "" : ` = ${d.value}`}
      </span>
    ),
  },
  { id: "chosen", head: "These", number: true, by: (d) => d.chosen, cell: (d) => figure(d, d.chosen) },
  { id: "rest", head: "The rest", number: true, by: (d) => d.rest, cell: (d) => figure(d, d.rest) },
  {
    id: "effect",
    head: "Effect",
    number: true,
    title: "In standard deviations (Cohen's d; h of shares), with its 95 % interval over all columns",
    by: (d) => Math.abs(d.effect),
    cell: (d) => `${fixed(d.effect, 2)} [${fixed(d.low, 2)}, ${fixed(d.high, 2)}]`,
  },
  { id: "n", head: "Rows", number: true, wide: true, by: (d) => d.n, cell: (d) => count(d.n) },
];

function figure(d: ColumnDifference, value: number): string {
  return d.value === null ? `mean ${number(value)}` : percent(value);
}

/** In what the rows of a chosen time differ from the rest of what is listed. */
export function Differences({ listing, chosen, close }: { listing: Listing; chosen: Range; close: () => void }) {
  const sql = differenceSql(listing, chosen);
  const asked = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), staleTime: 5 * 60_000 });
  const found = useMemo(() => differences(asked.data ?? []), [asked.data]);
  return (
    <Paper withBorder p="md" component="section" aria-label="What is different">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2}>
            What is different from <Time at={chosen.from} /> to <Time at={chosen.to} />?
          </Title>
          <Button size="xs" variant="default" onClick={close}>
            Close
          </Button>
        </Group>
        <Asked query={asked} height={160}>
          {() =>
            found.length === 0 ? (
              <Empty title="Nothing that chance would not explain">{comparable(listing.columns).length} columns were looked at.</Empty>
            ) : (
              <>
                <Text size="sm" c="dimmed">
                  Those that differ most for certain come first; {comparable(listing.columns).length} columns were looked at together.
                </Text>
                <DataTable label="Differences" rows={found} columns={COLUMNS} rowKey={(d) => d.column} minWidth={480} />
              </>
            )
          }
        </Asked>
        <QueryLink sql={sql} />
      </Stack>
    </Paper>
  );
}
