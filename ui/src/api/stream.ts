import { apiRoot } from "./base";
import { refusal } from "./client";
import { refuse, token } from "./session";

export interface StreamMessage {
  event: string;
  data: unknown;
}

/** Splits what came of an event stream into whole messages and the rest. */
export function messages(text: string): { done: StreamMessage[]; rest: string } {
  const parts = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = parts.pop() ?? "";
  const done: StreamMessage[] = [];
  for (const part of parts) {
    let event = "message";
    const data: string[] = [];
    for (const line of part.split("\n")) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
    }
    if (data.length === 0) continue;
    try {
      done.push({ event, data: JSON.parse(data.join("\n")) as unknown });
    } catch {
      // A message that is no JSON is not ours.
    }
  }
  return { done, rest };
}

const WAIT_FIRST_MS = 1_000;
const WAIT_MAX_MS = 30_000;

/**
 * Listens to `/v1/stream` until the signal, connecting again after a break. Read by `fetch`, since `EventSource`
 * sends no token.
 */
export async function listen(
  options: { model?: string; signal: AbortSignal; onLive?: (live: boolean) => void },
  take: (message: StreamMessage) => void,
): Promise<void> {
  let wait = WAIT_FIRST_MS;
  while (!options.signal.aborted) {
    try {
      await once(options, (message) => {
        wait = WAIT_FIRST_MS;
        take(message);
      });
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof Error && "status" in error && error.status === 401) return;
    }
    options.onLive?.(false);
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, WAIT_MAX_MS);
  }
}

async function once(
  { model, signal, onLive }: { model?: string; signal: AbortSignal; onLive?: (live: boolean) => void },
  take: (message: StreamMessage) => void,
): Promise<void> {
  const query = model ? `?model=${encodeURIComponent(model)}` : "";
  const headers = new Headers({ accept: "text/event-stream" });
  const known = token();
  if (known) headers.set("authorization", `Bearer ${known}`);
  const response = await fetch(`${apiRoot()}/v1/stream${query}`, { headers, signal });
  if (response.status === 401) refuse();
  if (!response.ok || !response.body) throw refusal(response.status, null);
  onLive?.(true);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const split = messages(text + value);
    text = split.rest;
    for (const message of split.done) take(message);
  }
}
