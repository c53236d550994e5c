import "./traces.css";
import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { number } from "../../words/numbers";
import { type Message, type Part } from "./messages";

/** Characters of a text that are shown at first. */
const SHOWN_MAX = 4_000;

/** Messages with who said them, one beneath the other. */
export function Said({ messages }: { messages: readonly Message[] }) {
  return (
    <Stack gap="sm">
      {messages.map((message, at) => (
        <div key={at} className="said" data-role={message.role}>
          <Text size="xs" fw={650} c="dimmed">
            {message.role}
          </Text>
          {message.parts.length === 0 ? (
            <Text size="sm" c="dimmed">
              It has no words.
            </Text>
          ) : (
            <Stack gap={6}>
              {message.parts.map((part, n) => (
                <PartView key={n} part={part} />
              ))}
            </Stack>
          )}
        </div>
      ))}
    </Stack>
  );
}

function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case "text":
      return <LongText text={part.text} />;
    case "thought":
      return (
        <div>
          <Text size="xs" c="dimmed">
            thought
          </Text>
          <LongText text={part.text} />
        </div>
      );
    case "call":
      return (
        <div>
          <Text size="sm">
            calls <b>{part.name}</b>
            {part.id && <span className="mono"> {part.id}</span>}
          </Text>
          {part.arguments !== "" && <LongText text={part.arguments} isCode />}
        </div>
      );
    case "result":
      return (
        <div>
          <Text size="sm">
            result{part.id && <span className="mono"> of {part.id}</span>}
          </Text>
          <LongText text={part.text} isCode />
        </div>
      );
    case "file":
      return (
        <Text size="sm" c="dimmed">
          {part.type}
          {part.bytes === null ? "" : `, ${number(part.bytes / 1000, 2)} kB`}: it is kept, and not shown here.
        </Text>
      );
    case "other":
      return <LongText text={part.text} isCode />;
  }
}

/** A text of which the rest is shown when somebody asks for it. */
export function LongText({ text, isCode = false, most = SHOWN_MAX }: { text: string; isCode?: boolean; most?: number }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : text.slice(0, most);
  return (
    <>
      {isCode ? (
        <Code block className="said-text" tabIndex={0}>
          {shown}
        </Code>
      ) : (
        <div className="said-text">{shown}</div>
      )}
      {shown.length < text.length && (
        <Group mt={4}>
          <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
            Show all {number(text.length)} characters
          </Button>
        </Group>
      )}
    </>
  );
}
