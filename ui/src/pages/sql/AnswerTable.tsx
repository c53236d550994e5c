import { useMemo } from "react";
import type { Cell, SqlTable } from "../../api/sql";
import { type Column, DataTable } from "../../kit/DataTable";
import { Value } from "../predictions/Rows";
import { isNumeric } from "./answer";

interface Row {
  cells: Cell[];
}

/** An answer as it came. */
export function AnswerTable({ table }: { table: SqlTable }) {
  const { rows, columns } = useMemo(() => {
    const made = table.columns.map(({ name, type }, at): Column<Row> => {
      const numeric = isNumeric(type);
      return {
        id: `${at} ${name}`,
        head: name,
        title: type,
        number: numeric,
        by: (row) => (numeric ? Number(row.cells[at] ?? Number.NEGATIVE_INFINITY) : JSON.stringify(row.cells[at] ?? "")),
        cell: (row) => <Value value={row.cells[at] ?? null} />,
      };
    });
    return { columns: made, rows: table.rows.map((cells): Row => ({ cells })) };
  }, [table]);
  return <DataTable label="Answer" rows={rows} columns={columns} rowKey={(_, at) => String(at)} minWidth={table.columns.length * 110} height={560} />;
}
