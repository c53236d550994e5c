import { Code, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { evidence } from "../../api/queries";
import { formatOf } from "../../charts/MonitorChart";
import { Asked } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { QueryLink } from "../../kit/QueryLink";
import { numbersAlike, percentsAlike } from "../../words/alike";
import { columnName, subject, unitOf } from "../../words/columns";
import { count, number, plural } from "../../words/numbers";

type Told = Schemas["MonitorEvidenceView"];
type Part = Schemas["PartView"];
type Figure = Schemas["FigureView"];

/** Where the trouble is worst, beside the reference, and rows that show it. */
export function Evidence({ id }: { id: string }) {
  const asked = useQuery(evidence(id));
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>Where it is worst, and rows that show it</Title>
        <Asked query={asked} height={220}>
          {(told) => (
            <>
              {told.notes.map((note) => (
                <Text size="sm" key={note}>
                  {note}
                </Text>
              ))}
              {told.monitors.map((monitor) => (
                <MonitorEvidence key={monitor.monitor} told={monitor} model={told.model} />
              ))}
            </>
          )}
        </Asked>
      </Stack>
    </Paper>
  );
}

/** Figures of the segments, now and before, have the same digits. */
function alikeOf({ measure, segments }: Told): (value: number | null) => string {
  const figures = segments.flatMap((p) => [p.now.value, p.reference?.value]);
  const unit = unitOf(measure);
  return unit === "share" ? percentsAlike(figures) : unit === "plain" ? numbersAlike(figures) : formatOf(measure);
}

function MonitorEvidence({ told, model }: { told: Told; model: string }) {
  const format = formatOf(told.measure);
  const alike = alikeOf(told);
  const columns: Column<Part>[] = [
    { id: "segment", head: "Segment", cell: (p) => `${p.segment} ${p.value}`, by: (p) => `${p.segment} ${p.value}` },
    { id: "now", head: "Now", number: true, cell: (p) => <FigureText figure={p.now} format={alike} />, by: (p) => p.now.value ?? 0 },
    { id: "apart", head: "Apart", title: "Whether it lies apart from the rest", cell: (p) => (p.apart ? <b>▲ yes</b> : "not for certain"), by: (p) => Number(p.apart) },
    { id: "reference", head: "Reference", number: true, cell: (p) => <FigureText figure={p.reference ?? null} format={alike} />, by: (p) => p.reference?.value ?? 0 },
    { id: "n", head: "Rows", number: true, wide: true, cell: (p) => count(p.now.n), by: (p) => p.now.n },
  ];
  return (
    <Stack gap="xs">
      <Title order={3}>{subject(told)}</Title>
      <Text size="sm" c="dimmed">
        <Time at={told.from} /> to <Time at={told.to} />, {plural(told.rows, "prediction")}; reference <Time at={told.reference_from} /> to <Time at={told.reference_to} />
      </Text>
      {told.whole && (
        <Text size="sm">
          All rows: <FigureText figure={told.whole.now} format={format} /> now, <FigureText figure={told.whole.reference ?? null} format={format} /> in the reference.
        </Text>
      )}
      {told.segments.length > 0 && <DataTable label={`Segments of ${told.monitor}`} rows={told.segments} columns={columns} rowKey={(p) => `${p.segment} ${p.value}`} minWidth={300} />}
      {told.suppressed > 0 && (
        <Text size="sm" c="dimmed">
          {plural(told.suppressed, "value")} with fewer than {told.rows_min} rows {told.suppressed === 1 ? "is" : "are"} not shown.
        </Text>
      )}
      <Examples told={told} model={model} />
      {told.hidden.length > 0 && <Text size="sm" c="dimmed">Personal, and therefore not shown: {told.hidden.join(", ")}.</Text>}
      {told.notes.map((note) => (
        <Text size="sm" key={note}>
          {note}
        </Text>
      ))}
      {told.sql && (
        <QueryLink sql={told.sql} />
      )}
    </Stack>
  );
}

function FigureText({ figure, format }: { figure: Figure | null; format: (value: number | null) => string }) {
  if (!figure || figure.value === null || figure.value === undefined) return <span>–</span>;
  const interval = figure.low !== null && figure.low !== undefined && figure.high !== null && figure.high !== undefined;
  return (
    <span title={`n = ${count(figure.n)}${interval ? `, 95 % interval ${format(figure.low ?? null)} to ${format(figure.high ?? null)}` : ""}`}>
      {format(figure.value)}
      {interval && (
        <Text span size="xs" c="dimmed" className="ends">
          {` [${format(figure.low ?? null)}, ${format(figure.high ?? null)}]`}
        </Text>
      )}
    </span>
  );
}

type Row = Record<string, unknown>;

function Examples({ told, model }: { told: Told; model: string }) {
  const rows = told.examples as unknown as Row[];
  const [first] = rows;
  if (!first) return null;
  const order = ["id", told.column ?? "", "time"];
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const keys = Object.keys(first).sort((a, b) => place(a) - place(b));
  const names = keys.filter((name) => rows.some((row) => row[name] !== null && row[name] !== undefined) || name === told.column);
  const columns = names.map(
    (name): Column<Row> => ({
      id: name,
      head: columnName(name).name,
      title: name,
      number: rows.some((row) => typeof row[name] === "number"),
      cell: (row) => <ExampleCell model={model} row={row} name={name} />,
    }),
  );
  return <DataTable label="Rows that show it" rows={rows} columns={columns} rowKey={(_, at) => String(at)} minWidth={names.length * 90} />;
}

function ExampleCell({ model, row, name }: { model: string; row: Row; name: string }) {
  const value = row[name];
  if (name === "id" && typeof value === "string") {
    const at = typeof row.time === "string" ? row.time : undefined;
    return (
      <Link to="/predictions/$model/$id" params={{ model, id: value }} search={{ at }} className="mono nowrap">
        {value.length > 14 ? `${value.slice(0, 6)}…${value.slice(-6)}` : value}
      </Link>
    );
  }
  if (name === "time" && typeof value === "string") return <Time at={value} />;
  if (value === null || value === undefined) return <Code>missing</Code>;
  return typeof value === "number" ? number(value) : <span>{typeof value === "string" ? value : JSON.stringify(value)}</span>;
}
