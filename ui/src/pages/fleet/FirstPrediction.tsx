import { Code, Stack, Text, Title } from "@mantine/core";
import { openTelemetry, type Snippet, Snippets, serverUrl, WaitingForFirst } from "../../kit/Snippets";

/** Ways to send the first prediction; each works as it stands. */
export function snippets(url: string): Snippet[] {
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
    openTelemetry(url),
    {
      name: "A file",
      code: `candor import predictions.parquet --model loan --server ${url}`,
    },
  ];
}

/** The page of an installation without models: it becomes the fleet when the first prediction arrives. */
export function FirstPrediction() {
  return (
    <Stack maw={820} data-ready>
      <Title order={1}>Send the first prediction</Title>
      <Text>
        Nothing has to be declared. Send one prediction of a model, and its page is there; what it looks like is learnt from what it sends.
      </Text>
      <Snippets ways={snippets(serverUrl())} />
      <WaitingForFirst what="prediction" />
      <Text size="sm" c="dimmed">
        No model at hand? <Code>candor demo</Code> shows a month of four simulated models.
      </Text>
    </Stack>
  );
}
