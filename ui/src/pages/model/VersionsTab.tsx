import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { versions } from "../../api/queries";
import { ask, during, records, tableOf } from "../../api/sql";
import { Asked } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { QueryLink } from "../../kit/QueryLink";
import { useTime } from "../../time/useTime";
import { count, milliseconds, percent } from "../../words/numbers";

interface Row {
  version: string;
  environment: string;
  registered: boolean;
  firstSeen: string;
  rows: number;
  errorShare: number | null;
  p95: number | null;
}

const COLUMNS: Column<Row>[] = [
  { id: "version", head: "Version", by: (r) => r.version, cell: (r) => <b className="mono">{r.version}</b> },
  { id: "environment", head: "Environment", wide: true, by: (r) => r.environment, cell: (r) => r.environment },
  { id: "registered", head: "Registered", wide: true, by: (r) => Number(r.registered), cell: (r) => (r.registered ? "yes" : "only seen") },
  { id: "first", head: "First seen", number: true, by: (r) => Date.parse(r.firstSeen), cell: (r) => <Time at={r.firstSeen} /> },
  { id: "rows", head: "Predictions", number: true, by: (r) => r.rows, cell: (r) => count(r.rows) },
  { id: "errors", head: "Failed", number: true, by: (r) => r.errorShare ?? -1, cell: (r) => percent(r.errorShare) },
  { id: "p95", head: "p95", number: true, by: (r) => r.p95 ?? -1, cell: (r) => milliseconds(r.p95), title: "95 in 100 requests were faster" },
];

/** Every version that was seen, and how it answered in the time above. */
export default function VersionsTab({ name }: { name: string }) {
  const { range } = useTime();
  const known = useQuery(versions(name));
  const sql = `SELECT version, environment, count(*) AS n, avg(CASE WHEN status = 'error' THEN 1.0 WHEN status IS NOT NULL THEN 0.0 END) AS failed, approx_percentile_cont(latency_ms, 0.95) AS p95 FROM ${tableOf(name, "predictions")} WHERE ${during(range)} GROUP BY version, environment ORDER BY n DESC`;
  const told = useQuery({
    queryKey: ["versions", sql],
    queryFn: async ({ signal }) => records(await ask(sql, { signal })),
    staleTime: 5 * 60_000,
  });
  const figure = (value: unknown) => (typeof value === "number" ? value : null);
  const rows = (known.data?.items ?? []).map((v): Row => {
    const own = told.data?.find((r) => r.version === v.version && r.environment === v.environment);
    return { version: v.version, environment: v.environment, registered: v.registered, firstSeen: v.first_seen_at, rows: figure(own?.n) ?? 0, errorShare: figure(own?.failed), p95: figure(own?.p95) };
  });
  rows.sort((a, b) => b.rows - a.rows || Date.parse(b.firstSeen) - Date.parse(a.firstSeen));
  return (
    <Paper withBorder p="md" data-ready={(known.isSuccess && !told.isPending) || undefined}>
      <Stack>
        <Title order={2}>Versions</Title>
        <Text size="sm" c="dimmed">
          Figures are of the time above. To watch one version beside another, declare a monitor with <code>baseline: {"{version: …}"}</code>.{" "}
          <QueryLink sql={sql} />
        </Text>
        <Asked query={known}>{() => <DataTable label="Versions" rows={rows} columns={COLUMNS} rowKey={(r) => `${r.version} ${r.environment}`} minWidth={560} />}</Asked>
      </Stack>
    </Paper>
  );
}
