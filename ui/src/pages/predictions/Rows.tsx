import { Code, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Cell, spell } from "../../api/sql";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { columnName } from "../../words/columns";
import { number } from "../../words/numbers";
import { type ColumnType, isNumber } from "./condition";

type Row = Record<string, Cell>;

/** Predictions as rows; each leads to its story. */
export function Rows({ rows, shown, model, columns }: { rows: readonly Row[]; shown: readonly string[]; model: string; columns: readonly ColumnType[] }) {
  const own = useMemo(
    (): Column<Row>[] => [
      {
        id: "time",
        head: "Time",
        cell: (row) => (
          <Link to="/predictions/$model/$id" params={{ model, id: spell(row.id) }} search={{ at: spell(row.time) }}>
            <Time at={spell(row.time)} />
          </Link>
        ),
      },
      ...shown.map((name): Column<Row> => {
        const numeric = isNumber(columns.find((c) => c.name === name)?.type ?? "");
        return {
          id: name,
          head: columnName(name).name,
          title: name,
          number: numeric,
          by: (row) => (numeric ? Number(row[name] ?? Number.NEGATIVE_INFINITY) : spell(row[name])),
          cell: (row) => <Value value={row[name] ?? null} />,
        };
      }),
    ],
    [shown, model, columns],
  );
  return <DataTable label={`Predictions of ${model}`} rows={rows} columns={own} rowKey={(row, at) => `${spell(row.id)} ${at}`} minWidth={150 + shown.length * 95} height={600} />;
}

/** An instant as the server writes it, with its zone. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

/** A value as text, whatever it is; an instant in local time. */
export function Value({ value }: { value: Cell }) {
  if (value === null) return <Code>missing</Code>;
  if (typeof value === "number") return <span title={String(value)}>{number(value, 4)}</span>;
  const text = spell(value);
  if (INSTANT.test(text) && !Number.isNaN(Date.parse(text))) return <Time at={text} />;
  return (
    <Text span size="sm" className="truncate" display="inline-block" title={text.slice(0, 1000)}>
      {text.slice(0, 200)}
    </Text>
  );
}
