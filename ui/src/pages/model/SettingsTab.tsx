import { Button, Code, Group, Paper, Stack, Text, Textarea, TextInput, Timeline, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { modelSpec, proposal, specHistory } from "../../api/queries";
import { Asked, Failed } from "../../kit/Asked";
import { type Column, DataTable } from "../../kit/DataTable";
import { Time } from "../../kit/Time";
import { useDeed } from "../../kit/useDeed";
import { plural } from "../../words/numbers";
import { Headed } from "./Headed";
import { type Change, changesOf, spelled } from "./settings";

/** What is declared of a model: the spec in force or, as long as there is none, the one that Candor would propose. */
export default function SettingsTab({ name }: { name: string }) {
  const declared = useQuery(modelSpec(name));
  const proposed = useQuery({ ...proposal(name), enabled: declared.data === null });
  return (
    <Stack data-ready={(declared.isSuccess && (declared.data !== null || !proposed.isPending)) || undefined}>
      <Headed words="What is declared" query={declared} height={300}>
        {(spec) =>
          spec ? (
            <Editor
              key={spec.revision}
              name={name}
              object={spec.object}
              title="What is declared"
              words={`Revision ${spec.revision}. Change it here, or keep it as a file and use candor apply.`}
            />
          ) : (
            <Headed words="What Candor would propose" query={proposed} height={300}>
              {(object) => (
                <Editor
                  name={name}
                  object={object}
                  title="Nothing is declared: this is what Candor would propose"
                  words="Inferred from what the model sent. Say what it is for, which class is positive, which attributes are protected and who owns it; then put it in force."
                />
              )}
            </Headed>
          )
        }
      </Headed>
      {declared.data && <History name={name} />}
    </Stack>
  );
}

interface EditorProps {
  name: string;
  object: unknown;
  title: string;
  words: string;
}

function Editor({ name, object, title, words }: EditorProps) {
  const [text, setText] = useState(() => JSON.stringify(object, null, 2));
  const [why, setWhy] = useState("");
  const put = (dryRun: boolean): Promise<Schemas["SpecChange"]> =>
    answer(
      api.PUT("/v1/specs/{kind}/{name}", {
        params: { path: { kind: "Model", name }, query: { dry_run: dryRun, why } },
        body: text,
        bodySerializer: (body) => body,
        headers: { "content-type": "application/yaml" },
      }),
    );
  const compare = useMutation({ mutationFn: () => put(true) });
  const apply = useDeed({
    deed: () => put(false),
    words: `What is declared of ${name} is in force.`,
    stale: [["specs"], ["models"], ["standing", name]],
    done: compare.reset,
  });
  const edit = (value: string) => {
    setText(value);
    compare.reset();
  };
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>{title}</Title>
        <Text size="sm" c="dimmed">
          {words}
        </Text>
        <Textarea label="The object, as JSON or YAML" classNames={{ input: "mono" }} autosize minRows={8} maxRows={24} spellCheck={false} value={text} onChange={(e) => edit(e.currentTarget.value)} />
        <Group>
          <Button variant="default" size="xs" loading={compare.isPending} onClick={() => compare.mutate()}>
            Show what changes
          </Button>
          <Code>candor apply -f {name}.yaml</Code>
        </Group>
        {compare.isError && <Failed error={compare.error} retry={() => compare.mutate()} />}
        {compare.isSuccess && (
          <Stack gap="sm">
            <Changes change={compare.data} />
            {compare.data.changed && (
              <>
                <TextInput label="Why" description="The history shows it." maw={480} value={why} onChange={(e) => setWhy(e.currentTarget.value)} />
                <Group>
                  <Button loading={apply.isPending} onClick={() => apply.mutate(undefined)}>
                    Put it in force
                  </Button>
                </Group>
              </>
            )}
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}

const COLUMNS: Column<Change>[] = [
  { id: "path", head: "Where", by: (c) => c.path, cell: (c) => <span className="mono">{c.path}</span> },
  { id: "before", head: "Before", cell: (c) => spelled(c.before) },
  { id: "after", head: "After", cell: (c) => spelled(c.after) },
];

function Changes({ change }: { change: Schemas["SpecChange"] }) {
  const changes = changesOf(change);
  if (changes.length === 0) return <Text size="sm">Nothing changes.</Text>;
  return (
    <>
      <Text size="sm">{plural(changes.length, "change")}, none of which is in force yet.</Text>
      <DataTable label="What changes" rows={changes} columns={COLUMNS} rowKey={(c) => c.path} height={changes.length > 10 ? 320 : undefined} minWidth={420} />
    </>
  );
}

function History({ name }: { name: string }) {
  const asked = useQuery(specHistory("Model", name));
  return (
    <Paper withBorder p="md">
      <Stack>
        <Title order={2}>How it came to be so</Title>
        <Asked query={asked}>
          {(revisions) => (
            <Timeline bulletSize={12} lineWidth={2} active={revisions.length}>
              {revisions.map((r) => (
                <Timeline.Item key={r.revision} title={<Text size="sm" fw={600}>Revision {r.revision}{r.deleted ? ", withdrawn" : ""}</Text>}>
                  <Text size="xs" c="dimmed">
                    <Time at={r.at} /> · {r.author}
                  </Text>
                  {r.why && <Text size="sm">{r.why}</Text>}
                </Timeline.Item>
              ))}
            </Timeline>
          )}
        </Asked>
      </Stack>
    </Paper>
  );
}
