import { Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Profile, profiles, briefStanding } from "../../api/queries";
import { type Cell, spell } from "../../api/sql";
import { Failed, Waiting } from "../../kit/Asked";
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
  {
    id: "where",
    head: "Lowest to highest",
    wide: true,
    title: "Where it lies among the values of the reference; one that many rows have takes the places of all of them",
    cell: (r) => (r.place?.kind === "number" ? <PlaceBar from={r.place.from} to={r.place.to} /> : null),
  },
];

/** Everything that went in, beside what the model was used to. */
export function Inputs({ model, record }: { model: string; record: Told }) {
  const known = useQuery(briefStanding(model));
  // What is still learnt is no reference: its time is not over.
  const own = known.data?.state === "watching" ? known.data : null;
  const time = Date.parse(spell(record.time));
  // Before there is a reference, the week before the prediction stands in.
  const range = wholeDays(own ? { from: Date.parse(own.reference_from), to: Date.parse(own.reference_to) } : { from: time - 7 * DAY, to: time });
  const reference = useQuery({ ...profiles(model, { range, grain: "1d" }), enabled: known.isSuccess });
  // Until the answer is there, that of another model may stand in.
  const told = reference.isSuccess && !reference.isPlaceholderData ? reference.data : null;
  const rows = useMemo(() => {
    const byColumn = new Map<string, Profile[]>();
    for (const profile of told ?? []) byColumn.set(profile.column, [...(byColumn.get(profile.column) ?? []), profile]);
    return [...fields(record, "input_"), ...fields(record, "derived_")].map(({ column, value }): Row => ({ column, value, place: placeOf(value, byColumn.get(column) ?? []) }));
  }, [record, told]);
  const broken = known.error ?? reference.error;
  if (rows.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2}>What went in</Title>
        {told ? (
          <Text size="sm" c="dimmed">
            {oddWords(rows.map((r) => r.place), own !== null)}
          </Text>
        ) : broken ? (
          <Failed error={broken} retry={() => void (known.isError ? known : reference).refetch()} />
        ) : (
          <Waiting height={20} />
        )}
        <DataTable label="Inputs" rows={rows} columns={COLUMNS} rowKey={(r) => r.column} minWidth={300} />
      </Stack>
    </Paper>
  );
}

/** How many values are unusual. Where no place is known, nothing is said of what is usual. */
function oddWords(places: readonly Place[], hasReference: boolean): string {
  const known = places.filter((place) => place !== null);
  if (known.length === 0) return hasReference ? "Nothing in the reference can be compared with it." : "There is no reference yet, and nothing of the week before to compare it with.";
  const odd = known.filter(isUnusual).length;
  const words = odd === 0 ? "Nothing of it is unusual." : odd === 1 ? "One value is unusual." : `${odd} values are unusual.`;
  return hasReference ? words : `${words} There is no reference yet: compared with the week before.`;
}

/** A mark, or all the places of a value that many rows have. */
function PlaceBar({ from, to }: { from: number; to: number }) {
  const width = (to - from) * 100;
  return (
    <div className="bar" style={{ width: 120 }} aria-hidden="true">
      {width > 0 ? (
        <span style={{ left: `${from * 100}%`, width: `${width}%`, opacity: 0.6 }} />
      ) : (
        <i style={{ left: `calc(${from * 100}% - 1px)`, background: "var(--current)", width: 3 }} />
      )}
    </div>
  );
}
