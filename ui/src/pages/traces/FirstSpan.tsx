import { Code, Stack, Text, Title } from "@mantine/core";
import { openTelemetry, type Snippet, Snippets, serverUrl, WaitingForFirst } from "../../kit/Snippets";

/** Ways to send the first span; each works as it stands. */
export function snippets(url: string): Snippet[] {
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
    openTelemetry(url),
    {
      name: "Collector",
      code: ["exporters:", "  otlphttp/candor:", `    endpoint: ${url}`, "service:", "  pipelines:", "    traces:", "      exporters: [otlphttp/candor]"].join("\n"),
    },
  ];
}

/** The page before any span came: it becomes the list when the first one arrives. */
export function FirstSpan() {
  return (
    <Stack maw={820} data-ready>
      <Title order={1}>Send the first span</Title>
      <Text>
        Candor takes OpenTelemetry’s traces as any collector does. Each span is a row of the table <Code>spans</Code>, and each answer of a model is a prediction of that model, too, with its tokens and its cost.
      </Text>
      <Snippets ways={snippets(serverUrl())} />
      <WaitingForFirst what="span" />
    </Stack>
  );
}
