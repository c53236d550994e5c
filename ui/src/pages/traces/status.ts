import type { State } from "../../words/state";
import type { Span } from "./spans";

/** How a span ended, as sign and word. Most senders say nothing of what went well. */
export function statusOf({ status }: Pick<Span, "status">): { state: State; word: string } {
  if (status === "error") return { state: "act", word: "failed" };
  return status === "ok" ? { state: "fine", word: "ok" } : { state: "unknown", word: "unset" };
}

/** What `unset` means. */
export const UNSET = "The sender said neither that it went well nor that it failed.";
