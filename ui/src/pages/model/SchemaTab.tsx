import { Stack, Tabs, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { schemas } from "../../api/queries";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { plural } from "../../words/numbers";
import { Headed } from "./Headed";

type Schema = Schemas["SchemaView"];

interface SchemaColumn {
  name: string;
  type: string;
  declared?: boolean;
}

const COLUMNS: Column<SchemaColumn>[] = [
  { id: "name", head: "Column", by: (c) => c.name, cell: (c) => <span className="mono">{c.name}</span> },
  { id: "type", head: "Type", by: (c) => c.type, cell: (c) => c.type },
  { id: "declared", head: "How it is known", by: (c) => Number(c.declared ?? false), cell: (c) => (c.declared ? "declared" : "inferred") },
];

/** What a model's tables look like, and how they came to be so. */
export default function SchemaTab({ name }: { name: string }) {
  const asked = useQuery(schemas(name));
  return (
    <Stack data-ready={asked.isSuccess || undefined}>
      <Headed words="Tables and columns" query={asked} height={300}>
        {(tables) => (
          <Tabs defaultValue={tables[0]?.table ?? ""}>
            <div className="scroll">
              <Tabs.List style={{ flexWrap: "nowrap" }} miw="max-content">
                {tables.map((t) => (
                  <Tabs.Tab key={t.table} value={t.table}>
                    {t.table}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
            </div>
            {tables.map((t) => (
              <Tabs.Panel key={t.table} value={t.table} pt="md">
                <TableSchema schema={t} />
              </Tabs.Panel>
            ))}
          </Tabs>
        )}
      </Headed>
    </Stack>
  );
}

function TableSchema({ schema }: { schema: Schema }) {
  const columns = schema.columns as unknown as SchemaColumn[];
  return (
    <Stack>
      <Text size="sm">
        Version {schema.version}, {plural(columns.length, "column")}. A column is added or widened, never narrowed.
      </Text>
      <DataTable label={`Columns of ${schema.table}`} rows={columns} columns={COLUMNS} rowKey={(c) => c.name} height={400} />
      <Title order={3}>How it came to be so</Title>
      <Timeline bulletSize={12} lineWidth={2} active={schema.history.length}>
        {[...schema.history].reverse().map((step) => (
          <Timeline.Item key={step.version} title={<Text size="sm" fw={600}>Version {step.version}</Text>}>
            <Text size="xs" c="dimmed">
              <Time at={step.at} />
            </Text>
            <Text size="sm">{step.why}</Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Stack>
  );
}
