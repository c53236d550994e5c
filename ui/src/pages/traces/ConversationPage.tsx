import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { ask, type Cell, records, spell } from "../../api/sql";
import { Asked, Empty } from "../../kit/Asked";
import { QueryLink } from "../../kit/QueryLink";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { count, dollars, milliseconds, plural } from "../../words/numbers";
import { conversationSql, dialogue, finishWords, type Told, type Turn, turnsOf, TURNS_MAX } from "./conversation";
import { NoWords } from "./NoWords";
import { Said } from "./Said";
import { predictionId, readSpan } from "./spans";
import { tokens, totals } from "./trace";
import { Fact } from "./TracePage";

function readTurn(row: Record<string, Cell>): Turn {
  const said = (cell: Cell | undefined) => (cell === null || cell === undefined ? null : spell(cell));
  return { ...readSpan(row), input: said(row.input), output: said(row.output), dropped: typeof row.content_dropped === "number" ? row.content_dropped : 0 };
}

/** A conversation: its turns in their order, what each said, took and cost. */
export function ConversationPage() {
  const { id } = useParams({ from: "/conversations/$id" });
  const sql = conversationSql(id);
  const asked = useQuery({ queryKey: ["conversation", sql], queryFn: async ({ signal }) => records(await ask(sql, { signal })).map(readTurn), staleTime: 15_000 });
  return (
    <Stack gap={4}>
      <Text size="sm">
        <Link to="/traces">Traces</Link>
      </Text>
      <Asked query={asked} height={400} heading={`Conversation ${id}`}>
        {(spans) => <Conversation id={id} turns={turnsOf(spans, id)} isCut={spans.length >= TURNS_MAX} sql={sql} />}
      </Asked>
    </Stack>
  );
}

function Conversation({ id, turns, isCut, sql }: { id: string; turns: readonly Turn[]; isCut: boolean; sql: string }) {
  const told = useMemo(() => dialogue(turns), [turns]);
  const sums = useMemo(() => totals(turns), [turns]);
  if (turns.length === 0) {
    return (
      <Stack>
        <Title order={1}>Conversation {id}</Title>
        <Empty title="No span of this conversation is kept">It may be older than spans are kept, erased, or have another id.</Empty>
      </Stack>
    );
  }
  const silent = told.filter((t) => t.said.length === 0 && t.answered.length === 0).map((t) => t.turn);
  const [first] = silent;
  return (
    <Stack data-ready maw={960}>
      <Title order={1}>Conversation {id}</Title>
      <Text>
        {plural(turns.length, "turn")} in {plural(new Set(turns.map((t) => t.traceId)).size, "trace")}, {sums.failed === 0 ? "none of which failed" : `${count(sums.failed)} of which failed`}. It began <Time at={(turns[0]?.start ?? 0) / 1000} /> and lasted {milliseconds(sums.durationMs)}.
      </Text>
      <Group gap="lg">
        <Fact words="Tokens in → out">
          {tokens(sums)}
        </Fact>
        <Fact words="Cost">
          {dollars(sums.costUsd)}
          {sums.costUsd !== null && sums.uncosted > 0 ? ` + ${plural(sums.uncosted, "call")} unpriced` : ""}
        </Fact>
        <Fact words="Slowest turn">{milliseconds(Math.max(...turns.map((t) => t.durationMs ?? 0)))}</Fact>
        <Fact words={sums.models.length === 1 ? "Model" : "Models"}>{sums.models.join(", ") || "–"}</Fact>
      </Group>
      {isCut && <Text size="sm">◆ There may be more turns: the first {count(TURNS_MAX)} spans are shown.</Text>}
      {first && (
        <Paper withBorder p="md" component="section" aria-label="Why words are missing">
          <Text size="sm" fw={600} mb={4}>
            {silent.length === told.length ? "Only the facts of these turns are known, not their words" : "The words of some turns are missing"}
          </Text>
          <NoWords model={first.model} dropped={silent.filter((t) => t.model === first.model).reduce((n, t) => n + t.dropped, 0)} />
        </Paper>
      )}
      <ol className="turns">
        {told.map((t, at) => (
          <TurnView key={`${t.turn.traceId} ${t.turn.spanId}`} told={t} at={at + 1} />
        ))}
      </ol>
      <QueryLink sql={sql} />
    </Stack>
  );
}

function TurnView({ told: { turn, said, answered, repeated }, at }: { told: Told; at: number }) {
  return (
    <li>
      <Stack gap="xs">
        <Text size="sm" c="dimmed" component="div">
          <b>Turn {at}</b> · <Time at={turn.start / 1000} /> · {facts(turn).join(" · ")}
          {turn.status === "error" && (
            <>
              {" · "}
              <StateMark state="act" word={turn.errorType ? `failed: ${turn.errorType}` : "failed"} />
            </>
          )}
          {" · "}
          <Link to="/traces/$traceId" params={{ traceId: turn.traceId }} search={{ at: new Date(Math.floor(turn.start / 1000)).toISOString(), span: turn.spanId }}>
            Trace
          </Link>
          {turn.model !== null && (
            <>
              {" · "}
              <Link to="/predictions/$model/$id" params={{ model: turn.model, id: predictionId(turn) }} search={{ at: new Date(Math.floor(turn.start / 1000)).toISOString() }}>
                Prediction
              </Link>
            </>
          )}
        </Text>
        {repeated > 0 && (
          <Text size="xs" c="dimmed">
            It was given the {plural(repeated, "message")} before it once more.
          </Text>
        )}
        {said.length + answered.length > 0 && <Said messages={[...said, ...answered]} />}
      </Stack>
    </li>
  );
}

function facts(turn: Turn): string[] {
  const finish = finishWords(turn.finishReasons);
  return [
    turn.model ?? turn.name,
    turn.durationMs === null ? "never ended" : milliseconds(turn.durationMs),
    turn.firstTokenMs === null ? "" : `first token ${milliseconds(turn.firstTokenMs)}`,
    turn.inputTokens === null && turn.outputTokens === null ? "" : `${tokens(turn)} tokens`,
    turn.costUsd === null ? "" : dollars(turn.costUsd),
    finish === "" ? "" : `finished: ${finish}`,
  ].filter(Boolean);
}
