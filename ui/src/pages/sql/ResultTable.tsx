import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Cell, SqlTable } from "../../api/sql";
import { type Column, DataTable } from "../../kit/DataTable";
import { utc, when } from "../../words/numbers";
import { traceIn } from "../traces/spans";
import { typeWord } from "./tables";

const COLUMN_PX = 110;
const HEIGHT = 520;
/** Of numbers that are no integers; all of them on hover, and in the CSV. */
const DIGITS = 6;

type Row = Cell[];

/** A result as rows; only those in sight are drawn. */
export function ResultTable({ table }: { table: SqlTable }) {
  const columns = useMemo(() => {
    const model = table.columns.findIndex((c) => c.name === "model");
    return table.columns.map(({ name, type }, at): Column<Row> => {
      const word = typeWord(type);
      return {
        id: `${at} ${name}`,
        head: name,
        title: `${name}: ${word}`,
        number: word === "number",
        by: (row) => sortable(row[at]),
        cell: (row) => {
          const value = row[at] ?? null;
          const own = model < 0 ? null : row[model];
          if (name === "id" && typeof value === "string" && typeof own === "string") return <StoryLink model={own} id={value} />;
          if (name === "trace_id" && typeof value === "string" && traceIn(value)) return <TraceLink id={value} />;
          return <CellText value={value} word={word} />;
        },
      };
    });
  }, [table]);
  return (
    <DataTable
      label="Result"
      rows={table.rows}
      columns={columns}
      rowKey={(_, at) => String(at)}
      height={HEIGHT}
      minWidth={table.columns.length * COLUMN_PX}
    />
  );
}

function sortable(cell: Cell | undefined): number | string {
  if (typeof cell === "number" || typeof cell === "string") return cell;
  return cell === null || cell === undefined ? "" : JSON.stringify(cell);
}

function StoryLink({ model, id }: { model: string; id: string }) {
  return (
    <Link to="/predictions/$model/$id" params={{ model, id }} className="mono nowrap">
      {id}
    </Link>
  );
}

function TraceLink({ id }: { id: string }) {
  return (
    <Link to="/traces/$traceId" params={{ traceId: id }} className="mono nowrap">
      {id}
    </Link>
  );
}

function CellText({ value, word }: { value: Cell; word: string }) {
  if (value === null) return <span style={{ color: "var(--dim)" }}>null</span>;
  if (word === "time" && typeof value === "string" && !Number.isNaN(Date.parse(value))) {
    return (
      <time className="nowrap" dateTime={value} title={`${when(value)} local time`}>
        {utc(value)}
      </time>
    );
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const short = typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(DIGITS))) : text;
  return (
    <div className="truncate" title={text.length > 40 || short !== text ? text : undefined}>
      {short}
    </div>
  );
}
