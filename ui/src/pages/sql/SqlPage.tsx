import { Button, Group, Menu, Paper, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { models } from "../../api/queries";
import { ask, askCsv, type SqlTable, tableOf } from "../../api/sql";
import { download } from "../../charts/export";
import { Empty, Failed, reason } from "../../kit/Asked";
import { count, duration, plural } from "../../words/numbers";
import { AnswerChart, chartOf } from "./AnswerChart";
import { AnswerTable } from "./AnswerTable";

const Editor = lazy(() => import("./Editor"));
const ROWS_MAX = 5_000;
const SAVED_MAX = 20;

/** Questions that the demo and any model of the default tables can answer. */
function examples(model: string | undefined): { name: string; sql: string }[] {
  const own = model ? [{ name: `Newest of ${model}`, sql: `SELECT * FROM ${tableOf(model, "predictions")} ORDER BY time DESC LIMIT 100` }] : [];
  return [
    { name: "Predictions by model and version", sql: "SELECT model, version, count(*) AS predictions, avg(latency_ms) AS latency_ms\nFROM predictions\nGROUP BY model, version\nORDER BY model, version" },
    { name: "Predictions by hour", sql: "SELECT date_trunc('hour', time) AS hour, count(*) AS predictions\nFROM predictions\nWHERE time > now() - INTERVAL '7 days'\nGROUP BY 1\nORDER BY 1" },
    { name: "What changed", sql: 'SELECT time, model, what, target, "to", by, why FROM changes ORDER BY time DESC' },
    ...own,
    { name: "Tables", sql: "SHOW TABLES" },
  ];
}

/** One read-only statement over the lake, as a table and as a chart. */
export function SqlPage() {
  const { q } = useSearch({ from: "/sql" });
  const navigate = useNavigate();
  const known = useQuery(models);
  const offered = examples(known.data?.[0]?.name);
  const [sql, setSql] = useState(q ?? offered[0]?.sql ?? "");
  const [seen, setSeen] = useState(q);
  // A link to another statement, while this page is open.
  if (q !== seen) {
    setSeen(q);
    if (q) setSql(q);
  }
  const [saved, setSaved] = useLocalStorage<string[]>({ key: "candor.statements", defaultValue: [], getInitialValueInEffect: false });
  const run = useMutation({ mutationFn: (statement: string) => ask(statement, { maxRows: ROWS_MAX }) });
  const begin = () => {
    void navigate({ to: "/sql", search: (s) => ({ ...s, q: sql }), replace: true });
    run.mutate(sql);
  };
  const exportCsv = async () => {
    try {
      download("candor.csv", await askCsv(sql));
    } catch (error) {
      notifications.show({ title: reason(error).title, message: reason(error).detail });
    }
  };
  return (
    <Stack data-ready>
      <Title order={1}>Ask with SQL</Title>
      <Suspense fallback={<Skeleton height={160} />}>
        <Editor value={sql} onChange={setSql} onRun={begin} />
      </Suspense>
      <Group gap="sm">
        <Button onClick={begin} loading={run.isPending} title="Ctrl Enter">
          Run
        </Button>
        <Menu withinPortal>
          <Menu.Target>
            <Button variant="default">Statements</Button>
          </Menu.Target>
          <Menu.Dropdown>
            {offered.map(({ name, sql: text }) => (
              <Menu.Item key={name} onClick={() => setSql(text)}>
                {name}
              </Menu.Item>
            ))}
            {saved.length > 0 && <Menu.Label>Saved in this browser</Menu.Label>}
            {saved.map((text) => (
              <Menu.Item key={text} onClick={() => setSql(text)}>
                <span className="truncate" style={{ display: "block" }}>
                  {text}
                </span>
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Button variant="default" onClick={() => setSaved([sql, ...saved.filter((s) => s !== sql)].slice(0, SAVED_MAX))}>
          Save
        </Button>
        <Button variant="default" onClick={() => void exportCsv()}>
          CSV
        </Button>
      </Group>
      {run.isError && <Failed error={run.error} />}
      {run.isPending && <Skeleton height={240} data-loading />}
      {run.isSuccess && <Answer table={run.data} />}
    </Stack>
  );
}

function Answer({ table }: { table: SqlTable }) {
  const chart = chartOf(table);
  const [view, setView] = useState("table");
  if (table.rows.length === 0) return <Empty title="No rows">The statement ran, and nothing matched.</Empty>;
  return (
    <Stack gap="sm" data-answer>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {plural(table.rows.length, "row")}
          {table.truncated ? ", and more that were cut off" : ""} · {duration(table.elapsedMs)} · {count(table.scannedRows)} rows read
        </Text>
        {chart && <SegmentedControl size="xs" value={view} onChange={setView} data={["table", "chart"]} aria-label="Show as" />}
      </Group>
      {chart && view === "chart" ? (
        <Paper withBorder p="md">
          <AnswerChart chart={chart} />
        </Paper>
      ) : (
        <AnswerTable table={table} />
      )}
    </Stack>
  );
}
