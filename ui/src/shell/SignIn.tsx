import { Anchor, Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { signIn } from "../api/session";
import { apiRoot } from "../api/base";
import { Words } from "../kit/Words";

/** Where the server asks for a token. */
export function SignIn() {
  const client = useQueryClient();
  const [value, setValue] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const enter = async () => {
    setBusy(true);
    setError(null);
    try {
      const headers = { authorization: `Bearer ${value.trim()}` };
      const response = await fetch(`${apiRoot()}/v1/models?limit=1`, { headers });
      if (response.status === 401) setError("The token is unknown, expired or revoked.");
      else if (response.status === 403) setError("The token may not read. Ask for one with the scope `read`.");
      else {
        client.clear();
        signIn(value);
      }
    } catch {
      setError("The server cannot be reached.");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" maw={420} w="100%">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void enter();
          }}
        >
          <Stack>
            <Title order={1}>Sign in to Candor</Title>
            <Text size="sm" c="dimmed">
              This server asks for a token. An administrator makes one with <code>candor token create</code>. It is kept until this tab is
              closed.
            </Text>
            <PasswordInput label="Token" value={value} onChange={(e) => setValue(e.currentTarget.value)} error={error === null ? null : <Words text={error} />} autoComplete="current-password" data-autofocus required />
            <Button type="submit" loading={busy} disabled={value.trim() === ""}>
              Sign in
            </Button>
            <Anchor size="sm" href="api/docs">
              The API and its description
            </Anchor>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
