import { Button, Code, CopyButton, Group, Loader, Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import { basePath } from "../../api/base";

function server(): string {
  return new URL(basePath(), document.baseURI).href.replace(/\/$/, "");
}

/** Ways to send the first span; each works as it stands. */
export function snippets(url: string): { name: string; code: string }[] {
  return [
    {
      name: "Python",
      code: [
        "# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http",
        "from opentelemetry import trace",
        "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter",
        "from opentelemetry.sdk.trace import TracerProvider",
        "from opentelemetry.sdk.trace.export import BatchSpanProcessor",
        "",
        "trace.set_tracer_provider(TracerProvider())",
        "trace.get_tracer_provider().add_span_processor(",
        `    BatchSpanProcessor(OTLPSpanExporter(endpoint="${url}/v1/traces"))`,
        ")",
        'with trace.get_tracer("shop").start_as_current_span("chat gpt-4o") as span:',
        '    span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"})',
        '    span.set_attributes({"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30})',
      ].join("\n"),
    },
    {
      name: "curl",
      code: [
        "now=$(date +%s)",
        `curl ${url}/v1/traces --json @- <<END`,
        '{"resourceSpans": [{',
        '  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},',
        '  "scopeSpans": [{"spans": [{',
        '    "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "chat gpt-4o", "kind": 3,',
        '    "startTimeUnixNano": "${now}000000000", "endTimeUnixNano": "${now}250000000",',
        '    "attributes": [',
        '      {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},',
        '      {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},',
        '      {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "120"}},',
        '      {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "30"}}',
        "    ]",
        "  }]}]",
        "}]}",
        "END",
      ].join("\n"),
    },
    {
      name: "Environment",
      code: [
        "# For what is instrumented already: every SDK of OpenTelemetry reads these.",
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        "# Where tokens are in use, one with the scope ingest:",
        '# export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer cdr_..."',
      ].join("\n"),
    },
    {
      name: "Collector",
      code: ["exporters:", "  otlphttp/candor:", `    endpoint: ${url}`, "service:", "  pipelines:", "    traces:", "      exporters: [otlphttp/candor]"].join("\n"),
    },
  ];
}

/** The page before any span came: it becomes the list when the first one arrives. */
export function FirstSpan() {
  const ways = snippets(server());
  return (
    <Stack maw={820} data-ready>
      <Title order={1}>Send the first span</Title>
      <Text>
        Candor takes OpenTelemetry’s traces as any collector does. Each span is a row of the table <Code>spans</Code>, and each answer of a model is a prediction of that model, too, with its tokens and its cost.
      </Text>
      <Tabs defaultValue="Python">
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
          <Text>Waiting for the first span. This page changes by itself when it arrives.</Text>
        </Group>
      </Paper>
    </Stack>
  );
}
