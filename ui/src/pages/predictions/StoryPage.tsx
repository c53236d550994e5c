import { Grid, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { alerts, changes, schemas } from "../../api/queries";
import { ask, during, literal, records, spell, tableOf } from "../../api/sql";
import { Asked, Empty, Failed, Waiting } from "../../kit/Asked";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { QueryLink } from "../../kit/QueryLink";
import { DAY, iso } from "../../time/range";
import { milliseconds, number } from "../../words/numbers";
import { stateOfAlert } from "../../words/state";
import { AttributionBars, StageBars } from "./StoryBars";
import { Inputs } from "./StoryInputs";
import { fields, openAt, sentence, type Told } from "./story";

/** What lies around an instant that is only known to the millisecond. */
const AROUND_MS = 5_000;

function storySql(model: string, id: string, at: string | undefined): string {
  const time = at ? Date.parse(at) : Number.NaN;
  const near = Number.isNaN(time) ? "" : ` AND ${during({ from: time - AROUND_MS, to: time + AROUND_MS })}`;
  return `SELECT * FROM ${tableOf(model, "predictions")} WHERE id = ${literal(id)}${near} LIMIT 1`;
}

/** The story of one prediction: what went in, what came out and why, how long it took, what came true. */
export function StoryPage() {
  const { model, id } = useParams({ from: "/predictions/$model/$id" });
  const { at } = useSearch({ from: "/predictions/$model/$id" });
  const sql = storySql(model, id, at);
  const asked = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), staleTime: Infinity });
  return (
    <Stack gap={4}>
      <Text size="sm">
        <Link to="/predictions" search={{ model }}>
          Predictions
        </Link>
        {" / "}
        <Link to="/models/$model" params={{ model }}>
          {model}
        </Link>
      </Text>
      <Asked query={asked} height={400} heading={`Prediction ${id}`}>
        {([record]) => (record ? <Story model={model} record={record} sql={sql} /> : <NotKept model={model} id={id} />)}
      </Asked>
    </Stack>
  );
}

function NotKept({ model, id }: { model: string; id: string }) {
  return (
    <Stack>
      <Title order={1}>Prediction {id}</Title>
      <Empty title="This prediction is not kept">
        {model} has no prediction {id}. It may be older than the lake keeps rows, or erased.
      </Empty>
    </Stack>
  );
}

function Story({ model, record, sql }: { model: string; record: Told; sql: string }) {
  const time = Date.parse(spell(record.time));
  const text = (name: string) => (typeof record[name] === "string" ? record[name] : "");
  return (
    <Stack data-ready>
      <Stack gap={4}>
        <Title order={1}>{sentence(record)}</Title>
        <Text size="sm" c="dimmed">
          <Time at={time} /> · version {text("version") || "unknown"} · {text("environment") || "production"}
          {typeof record.latency_ms === "number" ? ` · ${milliseconds(record.latency_ms)}` : ""} · <span className="mono">{text("id")}</span>
        </Text>
        {text("trace_id") && (
          <Text size="sm" c="dimmed">
            Trace{" "}
            <Link to="/traces/$traceId" params={{ traceId: text("trace_id") }} search={{ at: spell(record.time), ...(text("span_id") ? { span: text("span_id") } : {}) }} className="mono">
              {text("trace_id")}
            </Link>
          </Text>
        )}
      </Stack>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack>
            <Outputs record={record} />
            <Inputs model={model} record={record} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack>
            <AttributionBars record={record} />
            <StageBars record={record} />
            <Sequel model={model} id={text("id")} time={time} />
            <Around model={model} time={time} version={text("version")} />
            <QueryLink sql={sql} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function Outputs({ record }: { record: Told }) {
  const told = [...fields(record, "output_"), ...fields(record, "segment_").map((f) => ({ ...f, name: `segment ${f.name}` }))].filter((f) => f.value !== null);
  if (told.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} mb="xs">
        What came out
      </Title>
      <Group gap="lg">
        {told.map(({ name, column, value }) => (
          <div key={column}>
            <Text size="xs" c="dimmed">
              {name.replaceAll("_", " ")}
            </Text>
            <Text>{typeof value === "number" ? number(value, 4) : spell(value)}</Text>
          </div>
        ))}
      </Group>
    </Paper>
  );
}

const LATER = 120 * DAY;
const SEQUELS = [
  { table: "outcomes", title: "Outcome" },
  { table: "feedback", title: "Feedback" },
  { table: "effects", title: "Effect" },
] as const;

/** What came true, what people said, what the business saw. */
function Sequel({ model, id, time }: { model: string; id: string; time: number }) {
  const known = useQuery(schemas(model));
  const tables = SEQUELS.filter(({ table }) => known.data?.some((s) => s.table === table && (table !== "effects" || hasColumn(s.columns, "prediction_id"))));
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>What came of it</Title>
        {known.isPending && <Waiting height={24} />}
        {known.isError && <Failed error={known.error} retry={() => void known.refetch()} />}
        {known.isSuccess && tables.length === 0 && <Text size="sm">{model} was never told any outcome, feedback or effect.</Text>}
        {tables.map(({ table, title }) => (
          <SequelRows key={table} title={title} sql={`SELECT * FROM ${tableOf(model, table)} WHERE prediction_id = ${literal(id)} AND ${during({ from: time - DAY, to: time + LATER })} ORDER BY time LIMIT 20`} />
        ))}
      </Stack>
    </Paper>
  );
}

function hasColumn(columns: unknown, name: string): boolean {
  return Array.isArray(columns) && columns.some((c: { name?: unknown }) => c.name === name);
}

const SEQUEL_FIELDS = ["class", "value", "relevance", "verdict", "score", "comment", "by", "name", "unit"];

function SequelRows({ title, sql }: { title: string; sql: string }) {
  const asked = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), staleTime: 60_000 });
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Asked query={asked} height={24}>
        {(rows) =>
          rows.length === 0 ? (
            <Text size="sm" c="dimmed">
              Not yet.
            </Text>
          ) : (
            rows.map((row, at) => (
              <Text size="sm" key={at}>
                {SEQUEL_FIELDS.flatMap((name) => (row[name] === null || row[name] === undefined ? [] : [`${name} ${spell(row[name])}`])).join(", ")} <Time at={spell(row.time)} dim />
              </Text>
            ))
          )
        }
      </Asked>
    </div>
  );
}

/** What went on at that moment: alerts, and the last change of the version. */
function Around({ model, time, version }: { model: string; time: number; version: string }) {
  const range = { from: time - 30 * DAY, to: time + 1000 };
  const told = useQuery(alerts({ model, from: iso(time), to: iso(time + 1000) }));
  const changed = useQuery(changes(model, range));
  const last = changed.data?.findLast((c) => c.to === version || c.target === version) ?? changed.data?.[changed.data.length - 1];
  const broken = told.error ?? changed.error;
  const open = openAt(told.data?.items ?? [], time);
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>At that moment</Title>
        {broken && <Failed error={broken} retry={() => void (told.isError ? told : changed).refetch()} />}
        {!broken && (told.isPending || changed.isPending) && <Waiting height={24} />}
        {told.isSuccess && open.length === 0 && <Text size="sm">No alert was open.</Text>}
        {open.map((alert) => (
          <Text size="sm" key={alert.id}>
            <StateMark state={stateOfAlert(alert)} word={alert.state} />{" "}
            <Link to="/alerts/$id" params={{ id: alert.id }}>
              {alert.cause}
            </Link>
          </Text>
        ))}
        {last && (
          <Text size="sm">
            Last change before it: ▼ {[last.what, last.target, last.to].filter(Boolean).join(" ")} <Time at={last.time} dim />
            {last.why ? `: ${last.why}` : ""}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
