import { Box, Button, Grid, Group, Kbd, Loader, Select, Stack, Tabs, Text, Title } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { models } from "../../api/queries";
import type { SqlTable } from "../../api/sql";
import { Empty, Failed } from "../../kit/Asked";
import { FileMenu } from "../../kit/FileMenu";
import { count, duration, plural } from "../../words/numbers";
import { asking, ROWS_FIRST } from "./asking";
import type { PlotWish } from "./plot";
import { ResultChart } from "./ResultChart";
import { ResultTable } from "./ResultTable";
import { SavedQueries } from "./SavedQueries";
import { STARTERS } from "./starters";
import { TableList } from "./TableList";
import { lakeTables } from "./tables";

const SqlEditor = lazy(() => import("./SqlEditor"));

const ROWS = [ROWS_FIRST, "10000", "50000"];
const NO_TABLES: never[] = [];

/** Questions in SQL. The statement stands in the address, so that every query is a link. */
export function SqlPage() {
  const { q = "", view, x, y, by } = useSearch({ from: "/sql" });
  const navigate = useNavigate({ from: "/sql" });
  const client = useQueryClient();
  const tables = useQuery(lakeTables);
  const [rows, setRows] = useState(ROWS_FIRST);
  const [draft, setDraft] = useState({ of: q, text: q || (STARTERS[0]?.sql ?? "") });
  // A statement that came by a link takes the place of what was written before.
  const text = draft.of === q ? draft.text : q;
  const question = useMemo(() => asking(q, rows), [q, rows]);
  const asked = useQuery(question);
  const write = (sql: string) => setDraft({ of: q, text: sql });
  const run = (sql: string) => {
    if (sql.trim() === "") return;
    if (sql === q) void asked.refetch();
    else void navigate({ to: "/sql", search: (s) => ({ ...s, q: sql, x: undefined, y: undefined, by: undefined }) });
  };
  const cancel = () => void client.cancelQueries({ queryKey: question.queryKey });
  return (
    <Stack>
      <Title order={1}>Ask with SQL</Title>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 9 }}>
          <Stack>
            <Suspense fallback={<Statement sql={text} />}>
              <SqlEditor value={text} onChange={write} onRun={run} tables={tables.data ?? NO_TABLES} />
            </Suspense>
            <Group justify="space-between">
              <Group gap="sm">
                <Button leftSection={<IconPlayerPlay size={15} />} onClick={() => run(text)} disabled={text.trim() === "" || asked.isFetching}>
                  Run
                </Button>
                {asked.isFetching && (
                  <Button variant="default" leftSection={<IconPlayerStop size={15} />} onClick={cancel}>
                    Cancel
                  </Button>
                )}
                <SavedQueries sql={text} open={write} />
                <Text size="xs" c="dimmed" visibleFrom="sm">
                  <Kbd>Ctrl</Kbd> <Kbd>Enter</Kbd> runs it. Nothing can be changed by it.
                </Text>
              </Group>
              <Select
                size="xs"
                w={150}
                aria-label="Rows to show"
                allowDeselect={false}
                data={ROWS.map((value) => ({ value, label: `up to ${count(Number(value))} rows` }))}
                value={rows}
                onChange={(value) => setRows(value ?? "1000")}
              />
            </Group>
            <Result
              asked={asked}
              sql={q}
              view={view === "chart" ? "chart" : "table"}
              wished={{ x, y, by }}
              go={(change) => void navigate({ to: "/sql", search: (s) => ({ ...s, ...change }), resetScroll: false, replace: true })}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 3 }}>
          <Stack gap="xs">
            <Title order={2}>Tables</Title>
            <TableList asked={tables} look={run} brief={asked.isError} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

/** The statement, to be read while its editor is on its way. */
function Statement({ sql }: { sql: string }) {
  return (
    <Box component="pre" m={0} py={4} pl={26} mih="8.5rem" mah="45vh" fz="0.9rem" lh={1.5} ff="monospace" className="statement" data-loading>
      {sql}
    </Box>
  );
}

interface ResultProps {
  asked: UseQueryResult<SqlTable>;
  sql: string;
  view: "table" | "chart";
  wished: PlotWish;
  go: (change: PlotWish & { view?: string }) => void;
}

function Result({ asked, sql, view, wished, go }: ResultProps) {
  if (sql.trim() === "") {
    return (
      <div data-ready>
        <Empty title="Nothing was asked yet">Run the statement, choose one of the queries, or open a table.</Empty>
      </div>
    );
  }
  if (asked.isFetching) {
    return (
      <Group role="status" data-loading>
        <Loader size="sm" type="dots" aria-hidden />
        <Text size="sm">The server reads…</Text>
      </Group>
    );
  }
  if (asked.isError) {
    return (
      <div data-ready>
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      </div>
    );
  }
  if (!asked.data) {
    return (
      <div data-ready>
        <Empty title="It was cancelled">Run it again, or ask for less: a shorter time reads fewer rows.</Empty>
      </div>
    );
  }
  return <Answered table={asked.data} sql={sql} view={view} wished={wished} go={go} />;
}

/** Why no row answers: that there is none at all is no matter of conditions. */
function NoRow({ scanned }: { scanned: number }) {
  const known = useQuery(models);
  if (scanned > 0) return <Empty title="No row answers this">Ask for a longer time, or with fewer conditions.</Empty>;
  if (known.data?.length === 0) {
    return (
      <Empty title="No data is kept yet">
        The <Link to="/">Fleet page</Link> shows how to send the first prediction.
      </Empty>
    );
  }
  return (
    <Empty title="No row was read">
      No data is kept yet of what it asks for. Ask for a longer time, or another table; the <Link to="/">Fleet page</Link> tells what each model sends.
    </Empty>
  );
}

function Answered({ table, sql, view, wished, go }: { table: SqlTable } & Omit<ResultProps, "asked">) {
  return (
    <Tabs value={view} onChange={(value) => go({ view: value === "chart" ? "chart" : undefined })} keepMounted={false} data-ready>
      <Stack gap="xs">
        <Group justify="space-between">
          <Tabs.List>
            <Tabs.Tab value="table">Table</Tabs.Tab>
            <Tabs.Tab value="chart">Chart</Tabs.Tab>
          </Tabs.List>
          <Group gap="sm">
            <Text size="sm" role="status">
              {table.truncated ? `the first ${plural(table.rows.length, "row")}` : plural(table.rows.length, "row")} in {duration(table.elapsedMs)}, {count(table.scannedRows)} read
            </Text>
            <FileMenu sql={sql} name="result" hint="All rows" />
          </Group>
        </Group>
        <Tabs.Panel value="table">{table.rows.length === 0 ? <NoRow scanned={table.scannedRows} /> : <ResultTable table={table} />}</Tabs.Panel>
        <Tabs.Panel value="chart">
          <ResultChart table={table} wished={wished} onChoice={go} />
        </Tabs.Panel>
      </Stack>
    </Tabs>
  );
}
