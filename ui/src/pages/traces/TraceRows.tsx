import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type Column, DataTable } from "../../kit/DataTable";
import { StateMark } from "../../kit/StateMark";
import { Time } from "../../kit/Time";
import { count, dollars, milliseconds } from "../../words/numbers";
import type { Listed } from "./listing";
import { tokens } from "./trace";

const COLUMNS: Column<Listed>[] = [
  {
    id: "began",
    head: "Began",
    by: (t) => t.began,
    cell: (t) => (
      <Link to="/traces/$traceId" params={{ traceId: t.traceId }} search={{ at: t.began }}>
        <Time at={t.began} />
      </Link>
    ),
  },
  {
    id: "name",
    head: "Trace",
    by: (t) => t.name,
    cell: (t) => (
      <>
        <div className="truncate" title={t.name}>
          {t.name}
        </div>
        <Text size="xs" c="dimmed" className="truncate" title={t.service}>
          {t.hasRoot ? t.service || "no service named" : "its beginning is not here"}
        </Text>
      </>
    ),
  },
  {
    id: "status",
    head: "Failed",
    title: "Spans that failed",
    by: (t) => t.failed,
    cell: (t) => (t.failed > 0 ? <StateMark state="act" word={`${count(t.failed)} failed`} /> : <StateMark state="fine" word="none" />),
  },
  { id: "duration", head: "Duration", number: true, by: (t) => t.durationMs, cell: (t) => milliseconds(t.durationMs) },
  { id: "spans", head: "Spans", number: true, by: (t) => t.spans, cell: (t) => count(t.spans) },
  {
    id: "model",
    head: "Model",
    wide: true,
    by: (t) => t.model,
    cell: (t) => (t.models === 0 ? "–" : t.models === 1 ? t.model : `${t.model} and ${t.models - 1} more`),
  },
  {
    id: "tokens",
    head: "Tokens in → out",
    number: true,
    wide: true,
    title: "Of its calls of models",
    by: (t) => (t.inputTokens ?? 0) + (t.outputTokens ?? 0),
    cell: (t) => tokens(t),
  },
  { id: "cost", head: "Cost", number: true, wide: true, title: "Of its calls of models whose price is known", by: (t) => t.costUsd ?? -1, cell: (t) => dollars(t.costUsd) },
  {
    id: "conversation",
    head: "Conversation",
    wide: true,
    by: (t) => t.conversation,
    cell: (t) =>
      t.conversations === 0 ? (
        "–"
      ) : (
        <span className="truncate trace-conversation">
          <Link to="/conversations/$id" params={{ id: t.conversation }}>
            {t.conversation}
          </Link>
          {t.conversations > 1 ? ` and ${t.conversations - 1} more` : ""}
        </span>
      ),
  },
];

const MATCHING: Column<Listed> = { id: "matching", head: "Match", number: true, title: "Spans that the filters hold of", by: (t) => t.matching, cell: (t) => count(t.matching) };

/** Traces as rows; each leads to its page. */
export function TraceRows({ rows, isFiltered }: { rows: readonly Listed[]; isFiltered: boolean }) {
  const columns = isFiltered ? [...COLUMNS.slice(0, 5), MATCHING, ...COLUMNS.slice(5)] : COLUMNS;
  return <DataTable label="Traces" rows={rows} columns={columns} rowKey={(t) => t.traceId} minWidth={480} height={640} />;
}
