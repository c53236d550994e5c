import { Code, CopyButton, Button, Group, Loader, Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import { basePath } from "../../api/base";

function server(): string {
  return new URL(basePath(), document.baseURI).href.replace(/\/$/, "");
}

/** Ways to send the first prediction; each works as it stands. */
export function snippets(url: string): { name: string; code: string }[] {
  return [
    {
      name: "curl",
      code: `curl ${url}/v1/models/loan/predictions --json '{"inputs":{"age":41},"outputs":{"score":0.27}}'`,
    },
    {
      name: "Python",
      code: [
        "import json, urllib.request",
        "",
        'event = {"inputs": {"age": 41}, "outputs": {"score": 0.27}}',
        "request = urllib.request.Request(",
        `    "${url}/v1/models/loan/predictions",`,
        "    data=json.dumps(event).encode(),",
        '    headers={"content-type": "application/json"},',
        ")",
        "print(urllib.request.urlopen(request).read().decode())",
      ].join("\n"),
    },
    {
      name: "A file",
      code: `candor import predictions.parquet --model loan --server ${url}`,
    },
  ];
}

/** The page of an installation without models: it becomes the fleet when the first prediction arrives. */
export function FirstPrediction() {
  const ways = snippets(server());
  return (
    <Stack maw={820} data-ready>
      <Title order={1}>Send the first prediction</Title>
      <Text>
        Nothing has to be declared. Send one prediction of a model, and its page is there; what it looks like is learnt from what it sends.
      </Text>
      <Tabs defaultValue="curl">
        <Tabs.List>
          {ways.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ways.map(({ name, code }) => (
          <Tabs.Panel key={name} value={name} pt="sm">
            <Stack gap="xs">
              <Code block tabIndex={0} className="code">
                {code}
              </Code>
              <CopyButton value={code}>
                {({ copied, copy }) => (
                  <Group>
                    <Button size="xs" variant="default" onClick={copy}>
                      {copied ? "Copied" : "Copy"}
                    </Button>
                  </Group>
                )}
              </CopyButton>
            </Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
      <Paper withBorder p="md" role="status">
        <Group>
          <Loader size="sm" type="dots" aria-hidden />
          <Text>Waiting for the first prediction. This page changes by itself when it arrives.</Text>
        </Group>
      </Paper>
      <Text size="sm" c="dimmed">
        No model at hand? <Code>candor demo</Code> shows a month of four simulated models.
      </Text>
    </Stack>
  );
}
