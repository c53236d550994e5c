import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { alerts, modelSpec, objectives, standing } from "../../api/queries";
import { ApplyFile } from "../../kit/ApplyFile";
import { Headed } from "./Headed";
import { ObjectiveCard } from "./ObjectiveCard";
import { objectivesOf } from "./objectives";
import { example } from "./promise";

const PROMISED = "What is promised";

/** What was promised of a model, whether it is kept, and what is left of each error budget. */
export default function ObjectivesTab({ name }: { name: string }) {
  const spec = useQuery(modelSpec(name));
  const objects = useQuery(objectives);
  const watched = useQuery(standing(name));
  const open = useQuery(alerts({ model: name }));
  const own = useMemo(() => objectivesOf(name, spec.data?.object, objects.data ?? []), [name, spec.data, objects.data]);
  return (
    <Headed words={PROMISED} query={spec} height={320}>
      {() => (
        <Headed words={PROMISED} query={objects} height={320}>
          {() =>
            own.length === 0 ? (
              <NoObjective name={name} />
            ) : (
              <Headed words={PROMISED} query={watched} height={320}>
                {(standing) => (
                  <Headed words={PROMISED} query={open} height={320}>
                    {(page) => (
                      <Stack data-ready>
                        {own.map((objective, at) => (
                          <ObjectiveCard key={`${at} ${objective.name}`} model={name} objective={objective} monitors={standing?.monitors ?? []} alerts={page.items} />
                        ))}
                      </Stack>
                    )}
                  </Headed>
                )}
              </Headed>
            )
          }
        </Headed>
      )}
    </Headed>
  );
}

function NoObjective({ name }: { name: string }) {
  return (
    <Stack gap="xs" align="flex-start" data-ready>
      <Title order={2}>Nothing is promised of {name} yet</Title>
      <Text size="sm">
        An objective says which share of requests must be good over a period. What may be bad is its error budget; people are told when it is spent too fast. Save this as <code>objectives.yaml</code>, change the figures, and put
        it in force.
      </Text>
      <ApplyFile file={example(name)} name="objectives.yaml" />
    </Stack>
  );
}
