import { Button, Group, MultiSelect, Popover, Select, Stack, Switch, TagsInput, Text, Title } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { models, schemas } from "../../api/queries";
import { ask, type Cell, records, spell } from "../../api/sql";
import { TimeChart } from "../../charts/TimeChart";
import { usePalette } from "../../charts/usePalette";
import { Asked, Empty, Failed, Waiting } from "../../kit/Asked";
import { Older } from "../../kit/Older";
import { FileMenu } from "../../kit/FileMenu";
import { QueryLink } from "../../kit/QueryLink";
import { iso, type Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { count, plural } from "../../words/numbers";
import { useMarkers } from "../model/useMarkers";
import { type ColumnType, type Condition, readCondition } from "./condition";
import { Differences } from "./Differences";
import { LiveTail } from "./LiveTail";
import { bars, defaultColumns, histogramSql, type Listing, ROWS, rowsSql } from "./listing";
import { Rows } from "./Rows";
import { SavedViews } from "./SavedViews";

function NoModel() {
  return (
    <Stack>
      <Title order={1}>Predictions</Title>
      <Empty title="No predictions yet">
        The <Link to="/">Fleet page</Link> shows how to send the first one.
      </Empty>
    </Stack>
  );
}

function NoPrediction({ name }: { name: string }) {
  return (
    <Stack>
      <Title order={1}>Predictions of {name}</Title>
      <Empty title={`${name} has sent no prediction yet`} />
    </Stack>
  );
}

/** Predictions of one model: filters, when they came, and the rows. */
export function PredictionsPage() {
  const known = useQuery(models);
  const { model } = useSearch({ from: "/predictions" });
  return (
    <Asked query={known} height={300} heading="Predictions">
      {(list) => {
        const name = model ?? list[0]?.name;
        if (!name) return <NoModel />;
        return <OfModel key={name} name={name} names={list.map((m) => m.name)} task={list.find((m) => m.name === name)?.task ?? null} />;
      }}
    </Asked>
  );
}

function OfModel({ name, ...others }: { name: string; names: string[]; task: string | null }) {
  const known = useQuery(schemas(name));
  const columns = known.data?.find((s) => s.table === "predictions")?.columns as unknown as ColumnType[] | undefined;
  return (
    <Asked query={known} height={300} heading={`Predictions of ${name}`}>
      {() => (columns ? <Explorer name={name} {...others} columns={columns} /> : <NoPrediction name={name} />)}
    </Asked>
  );
}

function Explorer({ name, names, task, columns }: { name: string; names: string[]; task: string | null; columns: ColumnType[] }) {
  const search = useSearch({ from: "/predictions" });
  const navigate = useNavigate();
  const { range } = useTime();
  const [tail, setTail] = useState(false);
  const [chosen, setChosen] = useState<Range | null>(null);
  const texts = useMemo(() => search.where ?? [], [search.where]);
  const read = useMemo(() => texts.map((text) => readCondition(text, columns)), [texts, columns]);
  const wrong = read.find((c) => typeof c === "string");
  const listing = useMemo((): Listing => ({ model: name, range, columns, conditions: read.filter((c): c is Condition => typeof c !== "string") }), [name, range, columns, read]);
  const shown = useMemo(() => search.columns?.split(",").filter((c) => columns.some((own) => own.name === c)) ?? defaultColumns(columns, task), [search.columns, columns, task]);
  const put = (change: Partial<typeof search>) => void navigate({ to: "/predictions", search: (s) => ({ ...s, ...change }), replace: true });
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1}>Predictions of {name}</Title>
        <Group>
          <SavedViews />
          <ColumnChoice columns={columns} shown={shown} choose={(next) => put({ columns: next.length > 0 ? next.join(",") : undefined })} />
          <Switch label="Live tail" checked={tail} onChange={(e) => setTail(e.currentTarget.checked)} />
          <FileMenu sql={rowsSql(listing, shown, undefined, 10_000)} name={`${name}-predictions`} hint="Up to 10,000 rows, the newest first" />
          <QueryLink sql={rowsSql(listing, shown)} words="Query" />
        </Group>
      </Group>
      <Group align="flex-start" grow preventGrowOverflow={false}>
        <Select label="Model" data={names} value={name} allowDeselect={false} maw={240} onChange={(model) => void navigate({ to: "/predictions", search: { model: model ?? name } })} searchable />
        <TagsInput
          label="Filters"
          placeholder={texts.length === 0 ? "region=north, score<0.3, status=error, income is missing" : undefined}
          value={texts}
          onChange={(next) => put({ where: next.length > 0 ? next : undefined })}
          error={wrong}
          clearable
          splitChars={[]}
          miw={280}
        />
      </Group>
      <Histogram listing={listing} onChoose={setChosen} />
      {chosen && <Differences listing={listing} chosen={chosen} close={() => setChosen(null)} />}
      {tail ? <LiveTail listing={listing} shown={shown} /> : <Found listing={listing} shown={shown} />}
    </Stack>
  );
}

function ColumnChoice({ columns, shown, choose }: { columns: readonly ColumnType[]; shown: readonly string[]; choose: (next: string[]) => void }) {
  return (
    <Popover position="bottom-end" width={360} trapFocus>
      <Popover.Target>
        <Button variant="default" size="xs">
          Columns: {shown.length}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="92vw">
        <MultiSelect
          label="Columns"
          data={columns.map((c) => c.name).filter((c) => c !== "time" && c !== "id")}
          value={[...shown]}
          onChange={choose}
          comboboxProps={{ withinPortal: false }}
          searchable
          clearable
          hidePickedOptions
          maxDropdownHeight={320}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function Histogram({ listing, onChoose }: { listing: Listing; onChoose: (range: Range) => void }) {
  const palette = usePalette();
  const markers = useMarkers(listing.model);
  const { go } = useTime();
  const sql = histogramSql(listing);
  const asked = useQuery({ queryKey: ["sql", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })), placeholderData: keepPreviousData, staleTime: 60_000 });
  const { times, lines, rows } = useMemo(() => {
    const own = bars(asked.data ?? [], listing.range);
    return {
      times: own.times,
      rows: own.rows.reduce((a, b) => a + b, 0),
      lines: [
        { label: "predictions", values: own.rows, color: palette.current, bars: true },
        { label: "failed", values: own.failed, color: palette.series[1], bars: true },
      ],
    };
  }, [asked.data, listing.range, palette]);
  const [brushed, setBrushed] = useState<Range | null>(null);
  return (
    <Asked query={asked} height={170}>
      {() => (
        <div aria-busy={asked.isPlaceholderData}>
          <TimeChart title={`${plural(rows, "prediction")} in this time`} times={times} lines={lines} markers={markers} format={count} extent={listing.range} height={136} onBrush={(from, to) => setBrushed({ from, to })} />
          <Group gap="sm" mih={30}>
            {brushed ? (
              <>
                <Button size="xs" onClick={() => onChoose(brushed)}>
                  What is different about these rows?
                </Button>
                <Button size="xs" variant="default" onClick={() => go({ from: iso(Math.round(brushed.from)), to: iso(Math.round(brushed.to)) })}>
                  Zoom in
                </Button>
              </>
            ) : (
              <Text size="xs" c="dimmed">
                Drag over a time to ask what is different about it.
              </Text>
            )}
          </Group>
        </div>
      )}
    </Asked>
  );
}

/** Rows of the question before, while the answer to this one is on its way. */
const STALE = { opacity: 0.5 };

function Found({ listing, shown }: { listing: Listing; shown: readonly string[] }) {
  const asked = useInfiniteQuery({
    queryKey: ["rows", rowsSql(listing, shown)],
    initialPageParam: undefined as { time: string; id: string } | undefined,
    queryFn: async ({ pageParam, signal }) => records(await ask(rowsSql(listing, shown, pageParam), { signal })),
    getNextPageParam: (page: Record<string, Cell>[]) => {
      const last = page[page.length - 1];
      return page.length === ROWS && last ? { time: spell(last.time), id: spell(last.id) } : undefined;
    },
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  if (asked.isPending) return <Waiting height={300} />;
  if (!asked.data) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  const rows = asked.data.pages.flat();
  return (
    <Stack data-ready={asked.isSuccess || undefined}>
      {asked.isSuccess && rows.length === 0 ? (
        <Empty title="No prediction matches">{listing.conditions.length > 0 ? "Take a filter away, or choose a longer time above." : "Choose a longer time above."}</Empty>
      ) : (
        <div aria-busy={asked.isPlaceholderData} style={asked.isPlaceholderData ? STALE : undefined}>
          <Rows rows={rows} shown={shown} model={listing.model} columns={listing.columns} />
        </div>
      )}
      <Older asked={asked} what="rows" />
    </Stack>
  );
}
