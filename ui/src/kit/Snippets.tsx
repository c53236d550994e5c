import { Button, Code, CopyButton, Group, Loader, Paper, Stack, Tabs, Text } from "@mantine/core";
import { basePath } from "../api/base";

/** A way to do something, to be copied as it stands. */
export interface Snippet {
  name: string;
  code: string;
}

/** Where this server is reached, for what is copied. */
export function serverUrl(): string {
  return new URL(basePath(), document.baseURI).href.replace(/\/$/, "");
}

/** For what is instrumented already: every SDK of OpenTelemetry reads these. */
export function openTelemetry(url: string): Snippet {
  return {
    name: "OpenTelemetry",
    code: [
      "# For what is instrumented already: every SDK of OpenTelemetry reads these.",
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
      "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
      "# Where tokens are in use, one with the scope ingest:",
      '# export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer cdr_..."',
    ].join("\n"),
  };
}

/** Ways to do one thing, one of them in sight. */
export function Snippets({ ways }: { ways: readonly Snippet[] }) {
  return (
    <Tabs defaultValue={ways[0]?.name ?? null}>
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
  );
}

/** Says that the page waits for the first of something, and changes by itself. */
export function WaitingForFirst({ what }: { what: string }) {
  return (
    <Paper withBorder p="md" role="status">
      <Group>
        <Loader size="sm" type="dots" aria-hidden />
        <Text>Waiting for the first {what}. This page changes by itself when it arrives.</Text>
      </Group>
    </Paper>
  );
}
