import { Anchor, Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { signIn } from "../api/session";
import { apiRoot } from "../api/base";
import { Words } from "../kit/Words";

/** What a header may hold. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** Why a token does not open the pages; null if it does. */
function refused(status: number): string | null {
  if (status === 401) return "The token is unknown, expired or revoked.";
  if (status === 403) return "The token may not read. Ask for one with the scope `read`.";
  return status < 400 ? null : `The server could not look at the token (status ${status}). Try again in a while.`;
}

/** Where the server asks for a token. */
export function SignIn() {
  const client = useQueryClient();
  const [value, setValue] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const enter = async () => {
    if (!SENDABLE.test(value.trim())) {
      setError("A token has letters, digits and signs only: something else was copied with it.");
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const headers = { authorization: `Bearer ${value.trim()}` };
      const response = await fetch(`${apiRoot()}/v1/models?limit=1`, { headers });
      const wrong = refused(response.status);
      setError(wrong);
      if (wrong === null) {
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
      <title>Sign in · Candor</title>
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
            <PasswordInput label="Token" value={value} onChange={(e) => setValue(e.currentTarget.value)} error={error === null ? null : <Words text={error} />} autoComplete="current-password" ref={field} required />
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
