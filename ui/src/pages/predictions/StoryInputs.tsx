import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Profile, profiles, standing } from "../../api/queries";
import { type Cell, spell } from "../../api/sql";
import { type Column, DataTable } from "../../kit/DataTable";
import { DAY } from "../../time/range";
import { columnName } from "../../words/columns";
import { wholeDays } from "../model/useBaseline";
import { Value } from "./Rows";
import { fields, isUnusual, type Place, placeOf, placeWords, type Told } from "./story";

interface Row {
  column: string;
  value: Cell;
  place: Place;
}

const COLUMNS: Column<Row>[] = [
  { id: "name", head: "Input", by: (r) => r.column, cell: (r) => <span title={r.column}>{columnName(r.column).name.replaceAll("_", " ")}</span> },
  { id: "value", head: "Value", number: true, cell: (r) => <Value value={r.value} /> },
  { id: "place", head: "In the reference", cell: (r) => (isUnusual(r.place) ? <b>▲ {placeWords(r.place)}</b> : placeWords(r.place)) },
  { id: "where", head: "", wide: true, cell: (r) => (r.place?.kind === "number" ? <PlaceBar percentile={r.place.percentile} /> : null) },
];

/** Everything that went in, beside what the model was used to. */
export function Inputs({ model, record }: { model: string; record: Told }) {
  const known = useQuery(standing(model));
  const own = known.data;
  const time = Date.parse(spell(record.time));
  // Before there is a reference, the week before the prediction stands in.
  const range = wholeDays(own ? { from: Date.parse(own.reference_from), to: Date.parse(own.reference_to) } : { from: time - 7 * DAY, to: time });
  const reference = useQuery({ ...profiles(model, { range, grain: "1d" }), enabled: !known.isPending });
  const rows = useMemo(() => {
    const byColumn = new Map<string, Profile[]>();
    for (const profile of reference.data ?? []) byColumn.set(profile.column, [...(byColumn.get(profile.column) ?? []), profile]);
    return [...fields(record, "input_"), ...fields(record, "derived_")].map(({ column, value }): Row => ({ column, value, place: placeOf(value, byColumn.get(column) ?? []) }));
  }, [record, reference.data]);
  const odd = rows.filter((r) => isUnusual(r.place)).length;
  if (rows.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>What went in</Title>
        <Text size="sm" c="dimmed">
          {odd === 0 ? "Nothing of it is unusual." : odd === 1 ? "One value is unusual." : `${odd} values are unusual.`}
          {own ? "" : " There is no reference yet: compared with the week before."}
        </Text>
        <DataTable label="Inputs" rows={rows} columns={COLUMNS} rowKey={(r) => r.column} minWidth={420} />
      </Stack>
    </Paper>
  );
}

function PlaceBar({ percentile }: { percentile: number }) {
  return (
    <div className="bar" style={{ width: 120 }} aria-hidden="true">
      <i style={{ left: `calc(${percentile * 100}% - 1px)`, background: "var(--current)", width: 3 }} />
    </div>
  );
}
