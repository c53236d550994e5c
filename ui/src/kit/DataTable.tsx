import { Table, Text, UnstyledButton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import { plural } from "../words/numbers";
import { useDensity } from "./density";

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
});

export interface Column<T> {
  id: string;
  head: ReactNode;
  cell: (row: T) => ReactNode;
  /** What to sort by; a column without it cannot be sorted. */
  by?: (row: T) => number | string;
  number?: boolean;
  /** Not shown on narrow screens. */
  wide?: boolean;
  title?: string;
  /** Where a row that leads somewhere has its button; else the first. */
  main?: boolean;
}

interface Props<T> {
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T, at: number) => string;
  label: string;
  /** Rows are drawn only where they are seen, within this height. */
  height?: number;
  minWidth?: number;
  onRow?: (row: T) => void;
  /** Whether a row is the one that is shown elsewhere on the page. */
  isChosen?: (row: T) => boolean;
}

const ROW_HEIGHT = { compact: 29, normal: 37, roomy: 49 } as const;

/** Share of a row that is seen where the table is cut. */
const CUT_AT = 0.55;

/**
 * A height, about as asked for, that cuts through a row: a table that ends with a row looks complete. Null where all
 * rows are in sight.
 */
function useCut(scroller: RefObject<HTMLDivElement | null>, height: number | undefined, drawn: unknown): number | null {
  const [cut, setCut] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    // Once scrolled, the rows in sight say nothing about the first ones.
    if (!element || height === undefined || element.scrollTop > 0) return;
    const rows = [...element.querySelectorAll<HTMLElement>("tbody tr[data-row]")];
    const row = rows.find((r) => r.offsetTop + r.offsetHeight > height);
    setCut(row ? Math.round(row.offsetTop + row.offsetHeight * CUT_AT) : null);
  }, [scroller, height, drawn]);
  return cut;
}

/** A table that sorts, and draws only the rows in sight when it is given a height. */
export function DataTable<T extends object>({ rows, columns, rowKey, label, height, minWidth, onRow, isChosen }: Props<T>) {
  const [density] = useDensity();
  const scroller = useRef<HTMLDivElement>(null);
  const defs = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, T> => ({
          id: column.id,
          accessorFn: column.by ?? (() => 0),
          enableSorting: column.by !== undefined,
          sortFn: "basic",
          sortDescFirst: column.number === true,
        }),
      ),
    [columns],
  );
  const table = useTable({ features, columns: defs, data: rows });
  const shown = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: height === undefined ? 0 : shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT[density],
    overscan: 12,
  });
  const items = height === undefined ? null : virtual.getVirtualItems();
  const visible = items ? items.flatMap((item) => shown[item.index] ?? []) : shown;
  const before = items?.[0]?.start ?? 0;
  const after = items ? virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0) : 0;
  const cut = useCut(scroller, height, visible);
  const spacing = { compact: 3, normal: 7, roomy: 13 }[density];
  return (
    <>
      {/* Wider than a narrow screen, it must be reachable by keyboard. */}
      <div
        className="scroll"
        ref={scroller}
        style={height === undefined ? undefined : { maxHeight: cut ?? height, overflow: "auto" }}
        role="region"
        aria-label={label}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <Table className="data" verticalSpacing={spacing} horizontalSpacing="sm" miw={minWidth} stickyHeader={height !== undefined}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => {
                const own = table.getColumn(column.id);
                return <Head key={column.id} column={column} sorted={own?.getIsSorted() ?? false} sort={() => own?.toggleSorting()} />;
              })}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {before > 0 && <Spacer height={before} columns={columns.length} />}
            {visible.map((row) => (
              <Row key={rowKey(row.original, row.index)} row={row.original} columns={columns} onRow={onRow} chosen={isChosen?.(row.original) ?? false} />
            ))}
            {after > 0 && <Spacer height={after} columns={columns.length} />}
          </Table.Tbody>
        </Table>
      </div>
      {cut !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          {plural(shown.length, "row")}
        </Text>
      )}
    </>
  );
}

function Head<T>({ column, sorted, sort }: { column: Column<T>; sorted: "asc" | "desc" | false; sort: () => void }) {
  return (
    <Table.Th
      className={column.number ? "number" : undefined}
      visibleFrom={column.wide ? "md" : undefined}
      title={column.title}
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
    >
      {column.by ? (
        <UnstyledButton fz="inherit" fw="inherit" onClick={sort}>
          {column.head}
          {sorted === "asc" ? " ↑" : sorted === "desc" ? " ↓" : ""}
        </UnstyledButton>
      ) : (
        column.head
      )}
    </Table.Th>
  );
}

function Row<T>({ row, columns, onRow, chosen }: { row: T; columns: readonly Column<T>[]; onRow?: (row: T) => void; chosen: boolean }) {
  // A row that leads somewhere has a button, for those who have no pointer; its click reaches the row.
  const main = (columns.find((c) => c.main) ?? columns[0])?.id;
  return (
    <Table.Tr data-row data-linked={onRow ? true : undefined} data-chosen={chosen || undefined} aria-current={chosen || undefined} onClick={onRow ? () => onRow(row) : undefined}>
      {columns.map((column) => (
        <Table.Td key={column.id} className={column.number ? "number" : undefined} visibleFrom={column.wide ? "md" : undefined}>
          {onRow && column.id === main ? (
            <UnstyledButton fz="inherit" fw="inherit" ta="inherit">
              {column.cell(row)}
            </UnstyledButton>
          ) : (
            column.cell(row)
          )}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}
