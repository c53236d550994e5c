import { Code, Group as Row, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode, useMemo } from "react";
import { fairness } from "../../api/queries";
import { Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { QueryLink } from "../../kit/QueryLink";
import { StateMark } from "../../kit/StateMark";
import { Words } from "../../kit/Words";
import type { Range } from "../../time/range";
import { useTime } from "../../time/useTime";
import { numbersAlike, percentsAlike } from "../../words/alike";
import { count, percent } from "../../words/numbers";
import { rank } from "../../words/state";
import { type Attribute, ATTRIBUTE_WORDS, boundsWords, coverage, criterionWords, declaration, type Fairness, type Figure, type Gap, type Group, groupNote, headline, orderedAttributes, orderedGaps, pointsAlike, rateOf, rowsOf, scaleOf, signedPointsAlike, stateOf, verdictOf } from "./fairness";
import { Headed } from "./Headed";
import { GROUP_MIN } from "./segments";

/** Whether the model treats groups of people alike: what should be equal, how far it is from that, and each group's rates. */
export default function FairnessTab({ name }: { name: string }) {
  const { range } = useTime();
  const asked = useQuery(fairness(name, range));
  return (
    <Stack data-ready={asked.isSuccess || undefined}>
      <Headed words="Are groups treated alike?" query={asked} height={320}>
        {(view) => {
          if (view.attributes.length === 0) return <NotJudged name={name} view={view} />;
          if (view.rows === 0) return <Empty title="No rows in this time">Choose a longer time above.</Empty>;
          return <Judged name={name} view={view} range={range} />;
        }}
      </Headed>
    </Stack>
  );
}

function NotJudged({ name, view }: { name: string; view: Fairness }) {
  return (
    <Empty title="Nobody judges yet whether groups are treated alike">
      <Stack gap="xs">
        <Notes notes={view.notes} />
        <div>
          Say in the{" "}
          <Link to="/models/$model" params={{ model: name }} search={(s) => ({ ...s, tab: "settings" })}>
            spec of the Model
          </Link>{" "}
          who is selected and whose groups are protected, and send these as <code>segments</code> with predictions:
        </div>
        <Code block className="code" tabIndex={0}>
          {declaration(view.positive_class)}
        </Code>
      </Stack>
    </Empty>
  );
}

function Judged({ name, view, range }: { name: string; view: Fairness; range: Range }) {
  const { state, word, sentences } = headline(view);
  return (
    <>
      <Paper withBorder p="md" className="summary" data-state={state} component="section" aria-label="Fairness in plain words">
        <Stack gap={6}>
          <StateMark state={state} word={word} />
          <Text>{sentences.join(" ")}</Text>
          <Text size="sm" c="dimmed">
            {coverage(view)}
            {view.positive_class ? ` Selected are those of class ${view.positive_class}.` : ""}
          </Text>
          <Row gap="md" fz="sm" className="no-print">
            {view.sql && <QueryLink sql={view.sql} />}
            <Link to="/models/$model" params={{ model: name }} search={(s) => ({ ...s, tab: "performance" })}>
              How it went over time
            </Link>
          </Row>
        </Stack>
      </Paper>
      {orderedAttributes(view.attributes).map((attribute) => (
        <Compared key={attribute.name} name={name} attribute={attribute} range={range} />
      ))}
      <Stack gap={4}>
        <Text size="sm" c="dimmed">
          {boundsWords(view)} A gap is beyond a bound only if its whole 95 % interval is, which covers all pairs of groups at once. A difference alone is no proof of unfairness: it is one that someone must explain.
        </Text>
        <Notes notes={view.notes} />
      </Stack>
    </>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  return notes.map((note, at) => (
    <Text key={`${at} ${note}`} size="sm" c="dimmed">
      <Words text={note} />
    </Text>
  ));
}

function Compared({ name, attribute, range }: { name: string; attribute: Attribute; range: Range }) {
  const gaps = useMemo(() => orderedGaps(attribute.gaps), [attribute]);
  const gapped = useMemo(() => gapColumns(gaps), [gaps]);
  const columns = useMemo(() => groupColumns(name, attribute, range), [name, attribute, range]);
  const state = stateOf(attribute);
  const spoken = attribute.name.replaceAll("_", " ");
  return (
    <Paper withBorder p="md" component="section" aria-label={`By ${spoken}`}>
      <Stack>
        <Row gap="md">
          <Title order={2}>By {spoken}</Title>
          <StateMark state={state} word={ATTRIBUTE_WORDS[state]} />
        </Row>
        {attribute.groups.filter((g) => g.compared).length < 2 && (
          <Text size="sm">
            Fewer than two groups have {GROUP_MIN} rows in this time: there is nothing to compare.
          </Text>
        )}
        <DataTable label={`What should be equal by ${spoken}`} rows={gaps} columns={gapped} rowKey={(g) => g.criterion} minWidth={300} />
        <DataTable label={`Groups by ${spoken}`} rows={attribute.groups} columns={columns} rowKey={(g, at) => `${at} ${g.name}`} minWidth={300} />
      </Stack>
    </Paper>
  );
}

type Format = (value: number | null | undefined) => string;

function gapColumns(gaps: readonly Gap[]): Column<Gap>[] {
  const [difference, ratio] = [pointsAlike(gaps.map((g) => g.difference.value)), numbersAlike(gaps.map((g) => g.ratio?.value))];
  return [
    { id: "what", head: "What should be equal", cell: (g) => <WithNotes notes={[criterionWords(g.criterion).term]}>{criterionWords(g.criterion).words}</WithNotes> },
    { id: "verdict", head: "Verdict", by: (g) => rank(verdictOf(g).state), cell: (g) => <StateMark {...verdictOf(g)} /> },
    { id: "difference", head: "Points apart", number: true, title: "Highest less lowest group, in points of a hundred, with its 95 % interval", by: (g) => g.difference.value ?? -1, cell: (g) => <WithEnds figure={g.difference} format={difference} /> },
    { id: "ratio", head: "Ratio", number: true, wide: true, title: "Lowest over highest group, with its 95 % interval", by: (g) => g.ratio?.value ?? 2, cell: (g) => <Ratio gap={g} format={ratio} /> },
    { id: "groups", head: "Lowest → highest", wide: true, cell: (g) => (typeof g.lowest === "string" && typeof g.highest === "string" ? `${g.lowest} → ${g.highest}` : "–") },
  ];
}

/** A ratio; its groups where they are not those of the difference. */
function Ratio({ gap, format }: { gap: Gap; format: Format }) {
  if (!gap.ratio) return <span>–</span>;
  const isOwn = gap.ratio_lowest !== gap.lowest || gap.ratio_highest !== gap.highest;
  return (
    <WithNotes notes={[isOwn && gap.ratio_lowest ? `${gap.ratio_lowest} → ${gap.ratio_highest ?? ""}` : null]}>
      <WithEnds figure={gap.ratio} format={format} />
    </WithNotes>
  );
}

function groupColumns(name: string, attribute: Attribute, range: Range): Column<Group>[] {
  const most = scaleOf(attribute.groups);
  const rate = (id: string, head: string, title: string, alike = percentsAlike): Column<Group> => {
    const format = alike(attribute.groups.map((g) => rateOf(g, id)?.value));
    return { id, head, title, number: true, by: (g) => rateOf(g, id)?.value ?? -Infinity, cell: (g) => <WithEnds figure={rateOf(g, id)} format={format} of={g.n} /> };
  };
  return [
    { id: "group", head: "Group", by: (g) => g.name, cell: (g) => <GroupName group={g} attribute={attribute} search={rowsOf(name, attribute, g, range)} /> },
    { id: "n", head: "n", number: true, wide: true, title: "Predictions, and those of them whose outcome is known", by: (g) => g.n, cell: (g) => <WithNotes notes={[`${count(g.labelled)} with outcome`]}>{count(g.n)}</WithNotes> },
    rate("selection_rate", "Selected", "Share that is selected"),
    { id: "picture", head: `Selected, 0 to ${percent(most)}`, wide: true, cell: (g) => <Picture figure={rateOf(g, "selection_rate")} most={most} /> },
    { ...rate("tpr", "True positive rate", "Share that is selected, of those who should be"), wide: true },
    { ...rate("fpr", "False positive rate", "Share that is selected, of those who should not be"), wide: true },
    { ...rate("ppv", "Right when selected", "Share that came true, of those who were selected"), wide: true },
    { ...rate("calibration", "Calibration", "Mean score less the share that came true, in points: above zero the scores are too high for this group", signedPointsAlike), wide: true },
  ];
}

function GroupName({ group, attribute, search }: { group: Group; attribute: Attribute; search: ReturnType<typeof rowsOf> }) {
  return (
    <WithNotes notes={[groupNote(group, attribute)]}>
      {search ? (
        <Link className="rowlink" to="/predictions" search={search}>
          <Parts name={group.name} />
        </Link>
      ) : (
        <b>
          <Parts name={group.name} />
        </b>
      )}
      <Text span size="xs" c="dimmed" display="block" hiddenFrom="md">
        n = {count(group.n)}
      </Text>
    </WithNotes>
  );
}

/** Longer values may break: nobody knows what people send. */
const UNBROKEN_MAX = 16;

/** A group's name, which breaks between its values and not within them. */
function Parts({ name }: { name: string }) {
  return name.split(" & ").map((part, at) => (
    <Fragment key={at}>
      {at > 0 && " "}
      <span className={part.length <= UNBROKEN_MAX ? "nowrap" : undefined}>
        {at > 0 && "& "}
        {part}
      </span>
    </Fragment>
  ));
}

/** The interval of a rate, and the rate in it. */
function Picture({ figure, most }: { figure: Figure | null; most: number }) {
  if (typeof figure?.value !== "number") return null;
  const place = (share: number) => Math.min(1, Math.max(0, share / most)) * 100;
  const [low, high] = [place(figure.low ?? figure.value), place(figure.high ?? figure.value)];
  return (
    <div className="bar" aria-hidden="true">
      <span style={{ left: `${low}%`, width: `${high - low}%` }} />
      <i style={{ left: `calc(${place(figure.value)}% - 1px)`, background: "var(--mantine-color-text)" }} />
    </div>
  );
}

function WithNotes({ notes, children }: { notes: readonly (string | null)[]; children: ReactNode }) {
  return (
    <span>
      {children}
      {notes.map(
        (note, at) =>
          note && (
            <Text key={at} span size="xs" c="dimmed" display="block">
              {note}
            </Text>
          ),
      )}
    </span>
  );
}

/** A figure with its interval; its rows where they are not all `of` them. */
function WithEnds({ figure, format, of }: { figure: Figure | null; format: Format; of?: number }) {
  if (figure?.status === "too_few") return <span>n &lt; {GROUP_MIN}</span>;
  if (typeof figure?.value !== "number") return <span>–</span>;
  const ends = typeof figure.low === "number" || typeof figure.high === "number" ? `[${format(figure.low)}, ${format(figure.high)}]` : null;
  const rows = of !== undefined && figure.n !== of ? `n = ${count(figure.n)}` : null;
  return <WithNotes notes={[ends, rows]}>{format(figure.value)}</WithNotes>;
}
