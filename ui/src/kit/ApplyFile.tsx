import { Button, Code, CopyButton, Group } from "@mantine/core";

/** A file of objects to copy, and the command that puts it in force. */
export function ApplyFile({ file, name }: { file: string; name: string }) {
  return (
    <>
      <Code block tabIndex={0} className="code" w="100%">
        {file}
      </Code>
      <Group gap="xs">
        <CopyButton value={file}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Code>candor apply -f {name}</Code>
      </Group>
    </>
  );
}
