import { Accordion, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { Asked, Empty, Failed } from "../../kit/Asked";
import { type LakeTable, nameOf, typeWord } from "./tables";

const SHOWN_MAX = 40;

/** Tables that can be asked, and their columns; brief about what failed where the result tells the whole of it. */
export function TableList({ asked, look, brief }: { asked: UseQueryResult<LakeTable[]>; look: (sql: string) => void; brief: boolean }) {
  const [find, setFind] = useState("");
  const wanted = find.toLowerCase();
  const matches = (table: LakeTable) => nameOf(table).toLowerCase().includes(wanted) || table.columns.some((c) => c.name.toLowerCase().includes(wanted));
  if (asked.isError && !asked.data) return <Failed error={asked.error} retry={() => void asked.refetch()} brief={brief} />;
  return (
    <Asked query={asked} height={240}>
      {(tables) => {
        const found = tables.filter(matches);
        return (
          <Stack gap="xs">
            <TextInput size="xs" aria-label="Find a table or a column" placeholder="Table or column…" value={find} onChange={(e) => setFind(e.currentTarget.value)} />
            {tables.length === 0 && <Empty title="No tables yet">They come with the first prediction.</Empty>}
            <Accordion variant="separated" chevronPosition="left">
              {found.slice(0, SHOWN_MAX).map((table) => (
                <OneTable key={nameOf(table)} table={table} look={look} />
              ))}
            </Accordion>
            {found.length > SHOWN_MAX && (
              <Text size="xs" c="dimmed">
                and {found.length - SHOWN_MAX} more: type part of the name.
              </Text>
            )}
          </Stack>
        );
      }}
    </Asked>
  );
}

function OneTable({ table, look }: { table: LakeTable; look: (sql: string) => void }) {
  const name = nameOf(table);
  const order = table.columns.some((c) => c.name === "time") ? "\nORDER BY time DESC" : "";
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <Text size="xs" className="mono">
          {name}
        </Text>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap={2}>
          <Group>
            <Button size="compact-xs" variant="default" onClick={() => look(`SELECT *\nFROM ${name}${order}\nLIMIT 100`)}>
              Show 100 rows
            </Button>
          </Group>
          {table.columns.map((column) => (
            <Group key={column.name} justify="space-between" wrap="nowrap" gap="xs">
              <Text size="xs" className="mono">
                {column.name}
              </Text>
              <Text size="xs" c="dimmed">
                {typeWord(column.type)}
              </Text>
            </Group>
          ))}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}
