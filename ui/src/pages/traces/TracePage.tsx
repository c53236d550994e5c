import { CopyButton, Grid, Group, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo } from "react";
import { Asked, Empty } from "../../kit/Asked";
import { intoSight } from "../../kit/intoSight";
import { QueryLink } from "../../kit/QueryLink";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { count, dollars, milliseconds, plural } from "../../words/numbers";
import { normalId, type Span, SPANS_MAX, spansOf, traceSql } from "./spans";
import { SpanDetails } from "./SpanDetails";
import { extentOf, oddities, sentence, tokens, totals, type Totals } from "./trace";
import { forest, type Node, rowsOf } from "./tree";
import { Waterfall } from "./Waterfall";

/** One trace: what it was, its spans over time, and everything of the one that is chosen. */
export function TracePage() {
  const { traceId } = useParams({ from: "/traces/$traceId" });
  const { at } = useSearch({ from: "/traces/$traceId" });
  const sql = traceSql(traceId, at);
  const asked = useQuery(spansOf(sql));
  return (
    <Stack gap={4}>
      <Text size="sm">
        <Link to="/traces">Traces</Link>
      </Text>
      <Asked query={asked} height={480} heading={`Trace ${traceId}`}>
        {(spans) => (spans.length === 0 ? <NotKept id={traceId} isBounded={at !== undefined} /> : <Trace spans={spans} sql={sql} />)}
      </Asked>
    </Stack>
  );
}

function NotKept({ id, isBounded }: { id: string; isBounded: boolean }) {
  return (
    <Stack>
      <Title order={1}>Trace {id}</Title>
      <Empty title="No span of this trace is kept">
        {isBounded ? (
          <>
            It was looked for near the time that the address names.{" "}
            <Link to="/traces/$traceId" params={{ traceId: id }}>
              Look for it at all times
            </Link>
            .
          </>
        ) : (
          "It may not be sampled, be sent elsewhere, be older than spans are kept, or its name may be another: a trace's id has 32 hexadecimal digits."
        )}
      </Empty>
    </Stack>
  );
}

/** The span that the address names; else one that failed, which is what most people come for, or the first. */
function chosenOf(all: readonly Node[], spanId: string | undefined): Node | null {
  const named = spanId === undefined ? undefined : all.find((n) => n.span.spanId === normalId(spanId));
  return named ?? all.find((n) => n.span.status === "error" && !n.children.some((c) => c.span.status === "error")) ?? all[0] ?? null;
}

const DETAILS = "span-details";

function Trace({ spans, sql }: { spans: readonly Span[]; sql: string }) {
  const { span } = useSearch({ from: "/traces/$traceId" });
  const navigate = useNavigate();
  const { roots, all, extent, sums } = useMemo(() => {
    const own = forest(spans);
    return { roots: own, all: rowsOf(own, new Set()), extent: extentOf(spans), sums: totals(spans) };
  }, [spans]);
  const chosen = chosenOf(all, span);
  // The tree is there first: what is known of one span may take a frame longer.
  const detailed = useDeferredValue(chosen, null);
  const choose = ({ span: { spanId } }: Node) => {
    void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, span: spanId }), replace: true, resetScroll: false }).then(() => intoSight(DETAILS));
  };
  return (
    <Stack data-ready>
      <Head roots={roots} all={all} sums={sums} traceId={spans[0]?.traceId ?? ""} start={extent.from} />
      <Grid>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Waterfall roots={roots} extent={extent} chosen={chosen?.key ?? null} choose={choose} />
          {spans.length >= SPANS_MAX && <Text size="sm">◆ There may be more spans: the first {count(SPANS_MAX)} are shown.</Text>}
          <QueryLink sql={sql} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }} id={DETAILS} className="sight">
          {detailed && <SpanDetails key={detailed.key} node={detailed} />}
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function Head({ roots, all, sums, traceId, start }: { roots: readonly Node[]; all: readonly Node[]; sums: Totals; traceId: string; start: number }) {
  const odd = oddities(roots, all);
  return (
    <Stack gap={6}>
      <Title order={1}>{sentence(roots, sums)}</Title>
      <Text size="sm" c="dimmed">
        <Time at={start / 1000} /> · {sums.services.length > 0 ? sums.services.join(", ") : "no service named"} · <span className="mono">{traceId}</span>{" "}
        <CopyButton value={traceId}>
          {({ copied, copy }) => (
            <UnstyledButton fz="inherit" td="underline" onClick={copy} className="no-print">
              {copied ? "copied" : "copy"}
            </UnstyledButton>
          )}
        </CopyButton>
      </Text>
      <Facts sums={sums} />
      {odd.map((words) => (
        <Text key={words} size="sm">
          ◆ {words}
        </Text>
      ))}
    </Stack>
  );
}

/** Figures of a trace or a conversation, each with what it is. */
export function Facts({ sums }: { sums: Totals }) {
  const { spans, failed, durationMs, calls, costUsd, uncosted, models, conversations } = sums;
  const known = costUsd !== null;
  return (
    <Group gap="lg" align="flex-start">
      <Fact words="Spans">{count(spans)}</Fact>
      <Fact words="Failed">{failed > 0 ? <StateMark state="act" word={count(failed)} /> : "0"}</Fact>
      <Fact words="Duration">{milliseconds(durationMs)}</Fact>
      {calls > 0 && (
        <>
          <Fact words="Tokens in → out" title="Of its calls of models">
            {tokens(sums)}
          </Fact>
          <Fact words="Cost" title={known ? `Of ${plural(calls - uncosted, "call")} of ${calls} whose price is known` : "No price of its models is known"}>
            {dollars(costUsd)}
            {known && uncosted > 0 ? ` + ${plural(uncosted, "call")} unpriced` : ""}
          </Fact>
          <Fact words={models.length === 1 ? "Model" : "Models"}>
            {models.map((model, at) => (
              <span key={model}>
                {at > 0 ? ", " : ""}
                <Link to="/models/$model" params={{ model }}>
                  {model}
                </Link>
              </span>
            ))}
          </Fact>
        </>
      )}
      {conversations.length > 0 && (
        <Fact words={conversations.length === 1 ? "Conversation" : "Conversations"}>
          {conversations.map((id, at) => (
            <span key={id}>
              {at > 0 ? ", " : ""}
              <Link to="/conversations/$id" params={{ id }}>
                {id}
              </Link>
            </span>
          ))}
        </Fact>
      )}
    </Group>
  );
}

export function Fact({ words, title, children }: { words: string; title?: string; children: React.ReactNode }) {
  return (
    <div title={title}>
      <Text size="xs" c="dimmed">
        {words}
      </Text>
      <Text component="div">{children}</Text>
    </div>
  );
}
