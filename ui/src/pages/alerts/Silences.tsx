import { Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { type Silence, silences } from "../../api/queries";
import { Asked, Empty } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { useDeed } from "../../kit/useDeed";

/** What holds first, then what is to come, then what is over. */
const STATES = ["active", "pending", "expired"];
const order = (s: Silence) => STATES.indexOf(s.state);

const COLUMNS: Column<Silence>[] = [
  { id: "state", head: "State", by: order, cell: (s) => s.state },
  { id: "what", head: "Alerts with", cell: (s) => <What silence={s} /> },
  { id: "why", head: "Why", wide: true, cell: (s) => s.why },
  { id: "by", head: "By", wide: true, by: (s) => s.by ?? "", cell: (s) => s.by ?? "–" },
  { id: "from", head: "From", wide: true, number: true, by: (s) => Date.parse(s.from), cell: (s) => <Time at={s.from} /> },
  { id: "to", head: "Until", number: true, wide: true, by: (s) => Date.parse(s.to), cell: (s) => <Time at={s.to} /> },
  { id: "end", head: "", cell: (s) => (s.state === "expired" ? null : <EndButton silence={s} />) },
];

function sorted(all: readonly Silence[]): Silence[] {
  return [...all].sort((a, b) => order(a) - order(b) || Date.parse(b.to) - Date.parse(a.to));
}

/** What it hides; where there is no room for more columns, with until when and why. */
function What({ silence }: { silence: Silence }) {
  return (
    <>
      {what(silence)}
      <Text size="xs" c="dimmed" hiddenFrom="md">
        {silence.by ? `${silence.by}, ` : ""}until <Time at={silence.to} />: {silence.why}
      </Text>
    </>
  );
}

function what({ matchers, maintenance }: Silence): string {
  const told = matchers.map(matcher).join(" and ");
  return maintenance ? `maintenance: ${told}` : told;
}

function matcher({ name, value, regex, not }: Schemas["MatcherView"]): string {
  return `${name} ${not ? "not " : ""}${regex ? "like " : ""}${value}`;
}

function EndButton({ silence }: { silence: Silence }) {
  const end = useDeed({
    deed: () => answer(api.DELETE("/v1/silences/{name}", { params: { path: { name: silence.name } } })),
    words: "People are told of such alerts again.",
    stale: [["alerts"], silences.queryKey],
  });
  return (
    <Button size="compact-xs" variant="default" aria-label={`End now: ${what(silence)}`} loading={end.isPending} onClick={() => end.mutate(undefined)}>
      End now
    </Button>
  );
}

export function Silences() {
  const asked = useQuery(silences);
  return (
    <Stack data-ready={asked.isSuccess || undefined}>
      <Text size="sm" c="dimmed">
        Alerts that match a silence are kept and shown here; nobody is told of them. Windows that a maintenance overlaps tell nothing, so no alert
        comes of them. Make one on the page of an alert.
      </Text>
      <Asked query={asked}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="Nothing is silenced">People are told of every alert that has a route.</Empty>
          ) : (
            <DataTable label="Silences" rows={sorted(page.items)} columns={COLUMNS} rowKey={(s) => s.name} minWidth={300} />
          )
        }
      </Asked>
    </Stack>
  );
}
