import { Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { schemas, versions } from "../../api/queries";
import { ask, during, records, tableOf } from "../../api/sql";
import { Asked, Empty, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { QueryLink } from "../../kit/QueryLink";
import type { Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { percentsAlike } from "../../words/alike";
import { count, milliseconds } from "../../words/numbers";
import { type Candidate, candidates, firstPair } from "./versus";
import { Versus } from "./Versus";

interface Row {
  version: string;
  environment: string;
  registered: boolean;
  firstSeen: string;
  /** Null until they are known. */
  rows: number | null;
  timed: number;
  errorShare: number | null;
  p95: number | null;
}

/** Until they are known, figures are on their way, which is not the same as that there are none. */
function columnsFor(rows: readonly Row[], isPending: boolean): Column<Row>[] {
  const figure = (words: string) => (isPending ? <Skeleton height={14} width={48} ml="auto" /> : words);
  const percents = percentsAlike(rows.map((r) => r.errorShare));
  return [
    { id: "version", head: "Version", by: (r) => r.version, cell: (r) => <b className="mono">{r.version}</b> },
    { id: "environment", head: "Environment", wide: true, by: (r) => r.environment, cell: (r) => r.environment },
    { id: "registered", head: "Registered", wide: true, by: (r) => Number(r.registered), cell: (r) => (r.registered ? "yes" : "only seen") },
    { id: "first", head: "First received", number: true, title: "When the server first had a prediction of it, which need not be when it was deployed", by: (r) => Date.parse(r.firstSeen), cell: (r) => <Time at={r.firstSeen} /> },
    { id: "rows", head: "Predictions", number: true, by: (r) => r.rows ?? -1, cell: (r) => figure(count(r.rows)) },
    { id: "errors", head: "Failed", number: true, by: (r) => r.errorShare ?? -1, cell: (r) => figure(percents(r.errorShare)) },
    { id: "p95", head: "p95", number: true, by: (r) => r.p95 ?? -1, cell: (r) => figure(milliseconds(r.p95)), title: "95 in 100 requests were faster" },
  ];
}

function sqlOf(model: string, range: Range, has: (column: string) => boolean): string {
  const failed = has("status") ? "avg(CASE WHEN status = 'error' THEN 1.0 WHEN status IS NOT NULL THEN 0.0 END)" : "CAST(NULL AS DOUBLE)";
  const latency = has("latency_ms") ? "count(latency_ms) AS timed, approx_percentile_cont(latency_ms, 0.95) AS p95" : "0 AS timed, CAST(NULL AS DOUBLE) AS p95";
  return `SELECT version, environment, count(*) AS n, ${failed} AS failed, ${latency} FROM ${tableOf(model, "predictions")} WHERE ${during(range)} GROUP BY version, environment ORDER BY n DESC`;
}

function nothingToCompare(each: readonly Candidate[]): string {
  const only = each.find((v) => v.rows > 0);
  return only ? `Only ${only.version} answered in this time, so there is nothing to compare it with. Choose a longer time above.` : "No version answered in this time. Choose a longer time above.";
}

function NoVersion() {
  return (
    <Empty title="No prediction named its version yet">
      Send <code>version</code> beside the inputs and outputs of each prediction, as in <code>{'{"inputs": {…}, "outputs": {…}, "version": "2.1.0"}'}</code>, and releases can be told apart.
    </Empty>
  );
}

/** Every version that was seen, and how it answered in the time above. Ready when the comparison, if there is one, is. */
export default function VersionsTab({ name }: { name: string }) {
  const { range } = useTime();
  const known = useQuery(versions(name));
  const shape = useQuery(schemas(name));
  const columns = (shape.data?.find((s) => s.table === "predictions")?.columns ?? []) as unknown as { name: string }[];
  const sql = sqlOf(name, range, (column) => columns.some((c) => c.name === column));
  const told = useQuery({
    queryKey: ["versions", sql],
    enabled: shape.isSuccess,
    queryFn: async ({ signal }) => records(await ask(sql, { signal })),
    staleTime: 5 * 60_000,
  });
  const broken = shape.error ?? told.error;
  const figure = (value: unknown) => (typeof value === "number" ? value : null);
  const rows = (known.data?.items ?? []).map((v): Row => {
    const own = told.data?.find((r) => r.version === v.version && r.environment === v.environment);
    return { version: v.version, environment: v.environment, registered: v.registered, firstSeen: v.first_seen_at, rows: told.isSuccess ? (figure(own?.n) ?? 0) : null, timed: figure(own?.timed) ?? 0, errorShare: figure(own?.failed), p95: figure(own?.p95) };
  });
  rows.sort((a, b) => (b.rows ?? 0) - (a.rows ?? 0) || Date.parse(b.firstSeen) - Date.parse(a.firstSeen));
  const each = told.isSuccess ? candidates(rows.map((r) => ({ version: r.version, rows: r.rows ?? 0, timed: r.timed, firstSeen: Date.parse(r.firstSeen) }))) : [];
  const pair = firstPair(each);
  return (
    <Stack data-ready={(known.isSuccess && told.isSuccess && !pair) || undefined}>
      {pair && <Versus name={name} versions={each} pair={pair} />}
      {!pair && each.length > 1 && <Text size="sm">{nothingToCompare(each)}</Text>}
      <Paper withBorder p="md">
        <Stack>
          <Title order={2}>Versions</Title>
          <Text size="sm" c="dimmed">
            Figures are of the time above. To watch one version beside another, declare a monitor with <code>baseline: {"{version: …}"}</code>.{" "}
            <QueryLink sql={sql} />
          </Text>
          {/* What failed alike is said once. */}
          {broken && !known.isError && <Failed error={broken} retry={() => void (shape.isError ? shape : told).refetch()} />}
          <Asked query={known}>
            {() => (rows.length === 0 ? <NoVersion /> : <DataTable label="Versions" rows={rows} columns={columnsFor(rows, !broken && told.isPending)} rowKey={(r) => `${r.version} ${r.environment}`} minWidth={560} />)}
          </Asked>
        </Stack>
      </Paper>
    </Stack>
  );
}
