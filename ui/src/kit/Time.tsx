import { utc, when } from "../words/numbers";

/** An instant in local time, with UTC on hover. */
export function Time({ at, dim }: { at: string | number; dim?: boolean }) {
  return (
    <time className="nowrap" dateTime={new Date(at).toISOString()} title={utc(at)} style={dim ? { color: "var(--dim)" } : undefined}>
      {when(at)}
    </time>
  );
}
