import "./traces.css";
import { Autocomplete, Button, Group, NumberInput, Select, Stack, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { newestSpan } from "../../api/queries";
import { ask, records } from "../../api/sql";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { Asked, Empty, Failed, Waiting } from "../../kit/Asked";
import { Older } from "../../kit/Older";
import { FileMenu } from "../../kit/FileMenu";
import { QueryLink } from "../../kit/QueryLink";
import { Time } from "../../kit/Time";
import { HOUR, iso, type Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { count, plural } from "../../words/numbers";
import { bars } from "../predictions/listing";
import { FirstSpan } from "./FirstSpan";
import { choices, choicesSql, type Cursor, histogramSql, isFiltered, type Listed, readAttribute, readListed, TRACES, tracesSql, type Wanted } from "./listing";
import { TraceRows } from "./TraceRows";

/** Traces of all services: filters, when their spans came, and the traces themselves. */
export function TracesPage() {
  const newest = useQuery(newestSpan);
  return (
    <Asked query={newest} height={300} heading="Traces">
      {({ at }) => (at === null ? <FirstSpan /> : <Explorer newest={at} />)}
    </Asked>
  );
}

/** The range of the page. Up to now it ends with the minute that goes on, so that a span is seen when it was sent. */
function useRange(): Range {
  const { range, search } = useTime();
  const isOver = search.to !== undefined;
  return useMemo(() => (isOver ? range : { from: range.from, to: range.to + MINUTE_MS }), [range, isOver]);
}

const MINUTE_MS = 60_000;

function Explorer({ newest }: { newest: string }) {
  const wanted = useSearch({ from: "/traces" });
  const range = useRange();
  const sql = tracesSql(wanted, range);
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1}>Traces</Title>
        <Group>
          <FileMenu sql={sql} name="traces" hint={`The newest ${TRACES} traces`} />
          <QueryLink sql={sql} words="Query" />
        </Group>
      </Group>
      <Filters wanted={wanted} range={range} />
      <Histogram wanted={wanted} range={range} />
      <Found wanted={wanted} range={range} newest={newest} />
    </Stack>
  );
}

const TYPING_MS = 350;

function Filters({ wanted, range }: { wanted: Wanted; range: Range }) {
  const navigate = useNavigate();
  const sql = choicesSql(range);
  const told = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), placeholderData: keepPreviousData, staleTime: 60_000 });
  const put = (change: Wanted) => void navigate({ to: "/traces", search: (s) => ({ ...s, ...change }), replace: true });
  const of = (column: string) => choices(told.data ?? [], column);
  const wrong = (wanted.attr ?? []).map(readAttribute).find((a) => typeof a === "string");
  return (
    <div className="trace-filters" role="search" aria-label="Filters of traces">
      <Typed label="Service" value={wanted.service} data={of("service_name")} put={(service) => put({ service })} />
      <Typed label="Model" value={wanted.model} data={of("model")} put={(model) => put({ model })} />
      <Typed label="Operation" value={wanted.operation} data={of("operation")} put={(operation) => put({ operation })} />
      <Select
        label="Status"
        placeholder="any"
        data={[
          { value: "failed", label: "failed" },
          { value: "fine", label: "not failed" },
        ]}
        value={wanted.status ?? null}
        onChange={(status) => put({ status: status ?? undefined })}
        clearable
      />
      <Least value={wanted.min} put={(min) => put({ min })} />
      <Typed label="Conversation" value={wanted.conversation} put={(conversation) => put({ conversation })} />
      <Typed label="Words said" placeholder="where a policy keeps them" className="trace-wide" value={wanted.said} put={(said) => put({ said })} />
      <TagsInput
        label="Attributes"
        placeholder={(wanted.attr ?? []).length === 0 ? "server.address=api.openai.com" : undefined}
        value={wanted.attr ?? []}
        onChange={(next) => put({ attr: next.length > 0 ? next : undefined })}
        error={wrong}
        clearable
        splitChars={[]}
        className="trace-wide"
      />
    </div>
  );
}

/** A text of the URL that changes a moment after the last key. */
function Typed({ label, value = "", placeholder = "any", className, data, put }: { label: string; value?: string; placeholder?: string; className?: string; data?: string[]; put: (text: string | undefined) => void }) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  // The address changed by itself, as by going back.
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  const later = useDebouncedCallback((next: string) => put(next.trim() === "" ? undefined : next.trim()), TYPING_MS);
  const type = (next: string) => {
    setText(next);
    later(next);
  };
  if (!data) return <TextInput label={label} placeholder={placeholder} className={className} value={text} onChange={(e) => type(e.currentTarget.value)} />;
  return <Autocomplete label={label} placeholder={placeholder} value={text} data={data} onChange={type} limit={50} clearable />;
}

function Least({ value, put }: { value?: string; put: (min: string | undefined) => void }) {
  const later = useDebouncedCallback((next: number | string) => put(Number(next) > 0 ? String(next) : undefined), TYPING_MS);
  return <NumberInput key={value} label="Took at least" placeholder="any time" suffix=" ms" min={0} defaultValue={value === undefined ? "" : Number(value)} onChange={later} hideControls />;
}

function Histogram({ wanted, range }: { wanted: Wanted; range: Range }) {
  const palette = usePalette();
  const sql = histogramSql(wanted, range);
  const asked = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), placeholderData: keepPreviousData, staleTime: 60_000 });
  const { times, lines, rows } = useMemo(() => {
    const own = bars(asked.data ?? [], range);
    return {
      times: own.times,
      rows: own.rows.reduce((a, b) => a + b, 0),
      lines: [
        { label: "spans", values: own.rows, color: palette.current, bars: true },
        { label: "failed", values: own.failed, color: palette.series[1], bars: true },
      ],
    };
  }, [asked.data, range, palette]);
  return (
    <Asked query={asked} height={170}>
      {() => (
        <div aria-busy={asked.isPlaceholderData}>
          <TimeChart title={`${plural(rows, "span")} ${isFiltered(wanted) ? "of this kind " : ""}in this time`} times={times} lines={lines} format={count} extent={range} height={120} />
          <Group gap="sm" justify="space-between">
            <Text size="xs" c="dimmed">
              Drag over a time to look at it alone.
            </Text>
            <QueryLink sql={sql} />
          </Group>
        </div>
      )}
    </Asked>
  );
}

/** Traces of the question before, while the answer to this one is on its way. */
const STALE = { opacity: 0.5 };

function Found({ wanted, range, newest }: { wanted: Wanted; range: Range; newest: string }) {
  const asked = useInfiniteQuery({
    queryKey: ["traces", tracesSql(wanted, range)],
    initialPageParam: undefined as Cursor | undefined,
    queryFn: async ({ pageParam, signal }) => records(await ask(tracesSql(wanted, range, pageParam), { signal })).map(readListed),
    getNextPageParam: (page: Listed[]) => {
      const last = page[page.length - 1];
      return page.length === TRACES && last ? { time: last.matched, id: last.traceId } : undefined;
    },
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  if (asked.isPending) return <Waiting height={300} />;
  if (!asked.data) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  const rows = asked.data.pages.flat();
  return (
    <Stack data-ready={asked.isSuccess || undefined}>
      {asked.isSuccess && rows.length === 0 ? (
        <NothingFound wanted={wanted} range={range} newest={newest} />
      ) : (
        <div aria-busy={asked.isPlaceholderData} style={asked.isPlaceholderData ? STALE : undefined}>
          <TraceRows rows={rows} isFiltered={isFiltered(wanted)} />
        </div>
      )}
      <Older asked={asked} what="traces" />
    </Stack>
  );
}

/** Why nothing is found, and where there is something. */
function NothingFound({ wanted, range, newest }: { wanted: Wanted; range: Range; newest: string }) {
  const { go } = useTime();
  const time = Date.parse(newest);
  const isElsewhere = time < range.from || time >= range.to;
  return (
    <Empty title={isFiltered(wanted) ? "No span of this kind in this time" : "No span in this time"}>
      <Stack gap="xs" align="flex-start">
        <span>
          {isFiltered(wanted) ? "All filters must hold of one span. Take one away, or choose a longer time above." : "Choose a longer time above."} The newest span of all is of <Time at={newest} />.
        </span>
        {isElsewhere && (
          <Button size="xs" variant="default" onClick={() => go({ from: iso(time - HOUR), to: iso(time + HOUR) })}>
            Go to the newest
          </Button>
        )}
      </Stack>
    </Empty>
  );
}
