import { Button, Group, Popover, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";
import { useState } from "react";
import { when } from "../words/numbers";
import { type Comparison, COMPARISONS, DEFAULT_LAST, iso, PRESETS, type Range } from "../time/range";
import { useTime } from "../time/useTime";

const WORDS: Record<Comparison, string> = {
  reference: "vs reference",
  previous: "vs previous period",
  week: "vs a week before",
  none: "no comparison",
};

interface Props {
  /** Whether anything on the page is compared with another time. */
  compares: boolean;
  /** A header is one line high; below it there is room for two. */
  wrap: "wrap" | "nowrap";
}

/** The one time range and comparison of all charts. */
export function TimeControl({ compares, wrap }: Props) {
  const { search, range, comparison, go } = useTime();
  const [open, setOpen] = useState(false);
  const label = search.from && search.to ? `${when(search.from)} – ${when(search.to)}` : `Last ${search.last ?? DEFAULT_LAST}`;
  return (
    <Group gap="xs" wrap={wrap}>
      <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus withinPortal>
        <Popover.Target>
          <Button size="xs" variant="default" leftSection={<IconClock size={14} />} onClick={() => setOpen(!open)} aria-label={`Time range: ${label}`}>
            {label}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm">
            <Group gap={4}>
              {PRESETS.map((last) => (
                <Button
                  key={last}
                  size="xs"
                  variant={!search.from && (search.last ?? DEFAULT_LAST) === last ? "filled" : "default"}
                  aria-pressed={!search.from && (search.last ?? DEFAULT_LAST) === last}
                  onClick={() => {
                    go({ last });
                    setOpen(false);
                  }}
                >
                  {last}
                </Button>
              ))}
            </Group>
            <Between
              key={label}
              range={range}
              take={(from, to) => {
                go({ from: iso(from), to: iso(to) });
                setOpen(false);
              }}
            />
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {compares && (
        <Select
          size="xs"
          w={158}
          aria-label="Compare with"
          allowDeselect={false}
          data={COMPARISONS.map((value) => ({ value, label: WORDS[value] }))}
          value={comparison}
          onChange={(vs) => go({ vs: (vs ?? "reference") })}
        />
      )}
    </Group>
  );
}

/** On paper no control is seen, “the last 7 days” are of no day, and nobody knows where it was printed. */
export function PrintedTime() {
  const { range } = useTime();
  return (
    <Text size="sm" c="dimmed" className="print-only" mb="xs">
      {when(range.from)} – {when(range.to)}, as clocks are in {Intl.DateTimeFormat().resolvedOptions().timeZone}
    </Text>
  );
}

/** As the browser's own picker writes it: local time to the minute. */
function local(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Between({ range, take }: { range: Range; take: (from: number, to: number) => void }) {
  const [from, setFrom] = useState(local(range.from));
  const [to, setTo] = useState(local(range.to));
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (begin < end) take(begin, end);
      }}
    >
      <Stack gap="xs">
        <TextInput size="xs" type="datetime-local" label="From" value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
        <TextInput
          size="xs"
          type="datetime-local"
          label="To"
          value={to}
          onChange={(e) => setTo(e.currentTarget.value)}
          error={begin < end ? undefined : begin >= end ? "The end lies before the beginning." : "Give both times, to the minute."}
        />
        <Button size="xs" type="submit" disabled={!(begin < end)}>
          Show
        </Button>
      </Stack>
    </form>
  );
}
