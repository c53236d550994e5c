import { Code, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { ask, records, spell } from "../../api/sql";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { QueryLink } from "../../kit/QueryLink";
import { StateMark } from "../../kit/StateMark";
import { count, milliseconds, number, plural } from "../../words/numbers";
import { Value } from "../predictions/Rows";
import { type Document, documents, type Entry, entries, filled, found, links, type Row, saidBeside } from "./details";
import { messagesOf } from "./messages";
import { LongText, Said } from "./Said";
import { predictionId, type Span, spanSql } from "./spans";
import { NoWords } from "./NoWords";
import { statusOf, UNSET } from "./status";
import type { Node } from "./tree";

/** Everything that is known of a span. */
export function SpanDetails({ node }: { node: Node }) {
  const { span } = node;
  const sql = spanSql(span);
  const asked = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), staleTime: Infinity });
  return (
    <Stack component="section" aria-label={`Span ${span.name}`}>
      <div>
        <Title order={2}>{span.name}</Title>
        <Text size="sm" c="dimmed">
          <Status span={span} /> · <span className="mono">{span.spanId}</span>
        </Text>
        <Odd node={node} />
        {span.model !== null && (
          <Text size="sm">
            <Link to="/predictions/$model/$id" params={{ model: span.model, id: predictionId(span) }} search={{ at: new Date(Math.floor(span.start / 1000)).toISOString() }}>
              The story of this prediction of {span.model}
            </Link>
          </Text>
        )}
      </div>
      <Asked query={asked} height={300}>
        {([row]) => (row ? <Known span={span} row={row} /> : <Empty title="This span is not kept any more" />)}
      </Asked>
      <QueryLink sql={sql} />
    </Stack>
  );
}

function Status({ span }: { span: Span }) {
  const { state, word } = statusOf(span);
  return (
    <>
      <span title={state === "unknown" ? UNSET : undefined}>
        <StateMark state={state} word={word} />
      </span>
      {span.errorType && ` (${span.errorType})`} · {span.durationMs === null ? "never ended" : milliseconds(span.durationMs)}
    </>
  );
}

function Odd({ node: { place, early, span } }: { node: Node }) {
  const words = [
    place === "orphan" ? `Its parent ${span.parentId ?? ""} is not here: late, not sampled, or sent elsewhere.` : "",
    place === "circle" ? "Its parents go in a circle." : "",
    early > 0 ? `It begins ${milliseconds(early)} before its parent: their clocks seem to differ.` : "",
  ].filter(Boolean);
  return words.length === 0 ? null : <Text size="sm">◆ {words.join(" ")}</Text>;
}

function Known({ span, row }: { span: Span; row: Row }) {
  return (
    <Stack data-ready>
      {spell(row.status_message) !== "" && (
        <Paper withBorder p="sm">
          <Text size="xs" c="dimmed">
            What the error says
          </Text>
          <LongText text={spell(row.status_message)} />
        </Paper>
      )}
      <Content span={span} row={row} />
      <Documents row={row} />
      <Links row={row} />
      <Filled row={row} />
      <Entries row={row} />
    </Stack>
  );
}

/** What was said to it and what it said, where a policy kept it. */
function Content({ span, row }: { span: Span; row: Row }) {
  const [input, output] = [row.input, row.output].map((cell) => (cell === null || cell === undefined ? null : spell(cell)));
  const beside = saidBeside(row);
  const given = messagesOf(input ?? null, "user");
  const gave = messagesOf(output ?? null, "assistant");
  const dropped = typeof row.content_dropped === "number" ? row.content_dropped : 0;
  const nothing = given.length === 0 && gave.length === 0 && beside.length === 0;
  // Nobody expects words of what is none of GenAI.
  if (nothing && dropped === 0 && span.operation === null) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={3}>{span.operation === "execute_tool" ? "What the tool was given and gave back" : "What was said"}</Title>
        {beside.map(({ words, text }) => (
          <Labelled key={words} words={words} text={text} />
        ))}
        {given.length > 0 && (
          <div>
            <Text size="sm" fw={600} mb={4}>
              Input
            </Text>
            <Said messages={given} />
          </div>
        )}
        {gave.length > 0 && (
          <div>
            <Text size="sm" fw={600} mb={4}>
              Output
            </Text>
            <Said messages={gave} />
          </div>
        )}
        {nothing && <NoWords model={span.model} dropped={dropped} />}
      </Stack>
    </Paper>
  );
}

function Labelled({ words, text }: { words: string; text: string }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {words}
      </Text>
      <LongText text={text} isCode />
    </div>
  );
}

/** Characters of a text in a table that are shown at first. */
const CELL_MAX = 600;

const DOCUMENTS: Column<Document>[] = [
  { id: "id", head: "Document", cell: (d) => (d.id === "" ? "–" : d.id), by: (d) => d.id },
  { id: "score", head: "Score", number: true, by: (d) => d.score ?? Number.NEGATIVE_INFINITY, cell: (d) => number(d.score, 4) },
  { id: "content", head: "Text", cell: (d) => (d.content === null ? "–" : <LongText text={d.content} most={CELL_MAX} />) },
];
const WITH_REST: Column<Document>[] = [...DOCUMENTS, { id: "rest", head: "More", wide: true, cell: (d) => <span className="mono">{d.rest}</span> }];

function Documents({ row }: { row: Row }) {
  const all = useMemo(() => documents(row), [row]);
  if (all.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={3} mb="xs">
        {plural(all.length, "document")} retrieved
      </Title>
      <DataTable label="Documents" rows={all} columns={all.some((d) => d.rest !== "") ? WITH_REST : DOCUMENTS} rowKey={(d, at) => `${d.id} ${at}`} />
    </Paper>
  );
}

function Links({ row }: { row: Row }) {
  const all = links(row);
  if (all.length === 0) return null;
  return (
    <Text size="sm">
      Linked with{" "}
      {all.map(({ traceId, spanId }, at) => (
        <span key={`${traceId} ${spanId} ${at}`}>
          {at > 0 ? " · " : ""}
          <Link to="/traces/$traceId" params={{ traceId }} search={{ span: spanId }} className="mono">
            {spanId}
          </Link>
        </span>
      ))}
    </Text>
  );
}

const INSTANTS = new Set(["time", "end_time", "received_at"]);

/** To the microsecond: `2026-11-10 12:00:00.000001`. */
function exact(time: string): string {
  return time.replace("T", " ").replace("Z", "");
}

function Filled({ row }: { row: Row }) {
  const all = useMemo(() => filled(row), [row]);
  return (
    <Paper withBorder p="md">
      <Title order={3} mb="xs">
        Columns, times in UTC
      </Title>
      <dl className="span-columns">
        {all.map(({ column, value }) => (
          <div key={column}>
            <dt>{column}</dt>
            <dd>
              {INSTANTS.has(column) ? exact(spell(value)) : <Value value={value} />}
            </dd>
          </div>
        ))}
      </dl>
    </Paper>
  );
}

const ENTRIES: Column<Entry>[] = [
  {
    id: "name",
    head: "Name",
    by: (e) => e.name,
    cell: (e) => (
      <div className="entry-name">
        <span className="mono">{e.name}</span>
        <div className="span-dim">{e.of}</div>
      </div>
    ),
  },
  { id: "value", head: "Value", by: (e) => e.value, cell: (e) => <LongText text={e.value} most={CELL_MAX} /> },
];

/** Attributes, events, links and what is told of the resource and the scope, in one table that can be searched. */
function Entries({ row }: { row: Row }) {
  const [text, setText] = useState("");
  const all = useMemo(() => entries(row), [row]);
  const shown = useMemo(() => found(all, text), [all, text]);
  const left = typeof row.attributes_dropped === "number" ? row.attributes_dropped : 0;
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={3}>Attributes, events and where it was made</Title>
        {all.length === 0 ? (
          <Text size="sm" c="dimmed">
            Columns show all that was told of it.
          </Text>
        ) : (
          <>
            <TextInput size="xs" label="Search them" value={text} onChange={(e) => setText(e.currentTarget.value)} description={text === "" ? undefined : `${count(shown.length)} of ${count(all.length)}`} />
            {shown.length === 0 ? <Empty title="Nothing of that name or value" /> : <DataTable label="Attributes" rows={shown} columns={ENTRIES} rowKey={(e, at) => `${e.of} ${e.name} ${at}`} />}
          </>
        )}
        {left > 0 && (
          <Text size="xs" c="dimmed">
            {plural(left, "attribute")} had no room and {left === 1 ? "was" : "were"} left out, <Code>attributes_dropped</Code>.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
