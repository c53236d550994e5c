import { Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { model as modelQuery, modelSpec, schemas } from "../../api/queries";
import { ask, records } from "../../api/sql";
import { Asked, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { QueryLink } from "../../kit/QueryLink";
import { iso } from "../../time/range";
import { useTime } from "../../time/useTime";
import { count, milliseconds, number, percentFine, plural } from "../../words/numbers";
import { positiveClass } from "./positive";
import { type Candidate, type Figure, type Line, lines, ROWS_MIN, rowsOf, told, type VersusAsked, versusSql } from "./versus";

interface Props {
  name: string;
  /** In all environments, those with the most rows first. */
  versions: readonly Candidate[];
  /** What is compared unless the address says otherwise. */
  pair: [string, string];
}

/** Champion and challenger side by side, over the time above. */
export function Versus({ name, versions, pair }: Props) {
  const { champion, challenger } = useSearch({ from: "/models/$model" });
  const navigate = useNavigate({ from: "/models/$model" });
  const known = (version: string | undefined, other: string) => (version !== undefined && versions.some((v) => v.version === version) ? version : other);
  const [first, second] = [known(champion, pair[0]), known(challenger, pair[1])];
  const names = versions.map((v) => v.version);
  const timed = (version: string) => versions.find((v) => v.version === version)?.timed ?? 0;
  const go = (change: { champion?: string; challenger?: string }) => void navigate({ to: "/models/$model", params: { model: name }, search: (s) => ({ ...s, champion: first, challenger: second, ...change }), resetScroll: false });
  return (
    <Paper withBorder p="md" component="section" aria-label="Champion and challenger">
      <Stack>
        <Title order={2}>Champion and challenger</Title>
        <Group>
          <Select label="Champion" searchable allowDeselect={false} data={names} value={first} onChange={(value) => value && go({ champion: value })} />
          <Select label="Challenger" searchable allowDeselect={false} data={names} value={second} onChange={(value) => value && go({ challenger: value })} />
        </Group>
        {first === second ? <Text size="sm" data-ready>Choose two versions that differ.</Text> : <Compared name={name} champion={first} challenger={second} timed={[timed(first), timed(second)]} />}
      </Stack>
    </Paper>
  );
}

interface ComparedProps {
  name: string;
  champion: string;
  challenger: string;
  timed: [number, number];
}

function Compared({ name, champion, challenger, timed: [a, b] }: ComparedProps) {
  const { range } = useTime();
  const known = useQuery(schemas(name));
  const view = useQuery(modelQuery(name));
  const spec = useQuery(modelSpec(name));
  const ready = known.isSuccess && view.isSuccess && spec.isSuccess;
  const asked = useMemo((): VersusAsked => {
    const columns = new Set(((known.data?.find((s) => s.table === "predictions")?.columns ?? []) as unknown as { name: string }[]).map((c) => c.name));
    return {
      model: name,
      range,
      champion,
      challenger,
      task: view.data?.task ?? null,
      positive: positiveClass(spec.data?.object),
      hasOutcomes: known.data?.some((s) => s.table === "outcomes") ?? false,
      timed: [a, b],
      has: (column) => columns.has(column),
    };
  }, [name, range, champion, challenger, a, b, known.data, view.data, spec.data]);
  const sql = versusSql(asked);
  const answered = useQuery({ queryKey: ["sql", sql], enabled: ready, staleTime: 5 * 60_000, queryFn: async ({ signal }) => records(await ask(sql, { signal })) });
  const columns = useMemo(() => columnsFor(asked), [asked]);
  const broken = known.error ?? view.error ?? spec.error;
  if (broken) return <Failed error={broken} retry={() => void Promise.all([known, view, spec].map((q) => q.refetch()))} />;
  return (
    <Asked query={answered} height={240}>
      {(rows) => {
        const all = lines(asked, rows);
        const ns = rowsOf(asked, rows);
        return (
          <Stack data-ready>
            <Text>{told(asked, all, ns)}</Text>
            <DataTable label="Figures of both versions" rows={all} columns={columns} rowKey={(l) => l.id} minWidth={560} />
            <Text size="sm" c="dimmed">
              {plural(ns[0], "request")} of {champion}, {plural(ns[1], "request")} of {challenger} in the time above, all environments together; 95 % intervals, from {ROWS_MIN} rows on. They answered different
              requests, perhaps at different times: a difference need not be the version’s. Of twenty figures that are alike one looks surely different.
            </Text>
            <Group gap="md" fz="sm" className="no-print">
              {[champion, challenger].map((version) => (
                <Link key={version} to="/predictions" search={{ model: name, where: [`version=${version}`], from: iso(range.from), to: iso(range.to) }}>
                  Rows of {version}
                </Link>
              ))}
              <QueryLink sql={sql} words="Query" />
            </Group>
          </Stack>
        );
      }}
    </Asked>
  );
}

const FORMATS: Record<Line["kind"], (value: number | null) => string> = { share: percentFine, size: number, ms: (value) => (value === null ? "–" : milliseconds(value)) };

function columnsFor({ champion, challenger }: VersusAsked): Column<Line>[] {
  const figure = (line: Line, own: Figure) => (own.value === null ? <span>n &lt; {ROWS_MIN}</span> : <WithEnds figure={own} format={FORMATS[line.kind]} />);
  return [
    { id: "what", head: "Figure", cell: (l) => l.words },
    { id: "champion", head: champion, number: true, cell: (l) => figure(l, l.champion) },
    { id: "challenger", head: challenger, number: true, cell: (l) => figure(l, l.challenger) },
    { id: "n", head: "n", number: true, wide: true, title: "Rows that tell it, of each", cell: (l) => `${count(l.champion.n)} · ${count(l.challenger.n)}` },
    { id: "difference", head: "Difference", number: true, cell: (l) => (l.difference ? <WithEnds figure={l.difference} format={(value) => signed(value, l.kind)} /> : "–") },
    { id: "sure", head: "Surely?", cell: sureWords },
  ];
}

/** Differences of shares are points, not per cent of something. */
export function signed(value: number | null, kind: Line["kind"]): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  const text = kind === "share" ? `${number(size * 100, 2)} points` : kind === "ms" ? milliseconds(size) : number(size);
  return `${value < 0 ? "−" : value > 0 ? "+" : ""}${text}`;
}

function sureWords({ sure, better, difference }: Line): string {
  if (difference === null) return "cannot tell";
  if (sure === null) return "no";
  if (better === null) return sure === "more" ? "higher" : "lower";
  return sure === better ? "● better" : "▲ worse";
}

function WithEnds({ figure, format }: { figure: Figure; format: (value: number | null) => string }) {
  return (
    <span>
      {format(figure.value)}
      {figure.low !== null && (
        <Text span size="xs" c="dimmed" display="block">
          {`[${format(figure.low)}, ${format(figure.high)}]`}
        </Text>
      )}
    </span>
  );
}
