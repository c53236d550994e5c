import { reason } from "../../kit/Asked";

/** What was asked for, as far as it matters whether it failed. */
interface Answer {
  error: unknown;
  data: unknown;
}

/** The queries that failed and of which nothing is known from before. */
export function broken<T extends Answer>(asked: readonly T[]): T[] {
  return asked.filter((q) => q.error && q.data === undefined);
}

/** Why all of them failed, where that is one reason: it is told once. Null where any did not. Their traces differ. */
export function failedAlike(asked: readonly Answer[]): unknown {
  const [first] = broken(asked);
  if (!first || broken(asked).length < asked.length) return null;
  const { title } = reason(first.error);
  return asked.every((q) => reason(q.error).title === title) ? first.error : null;
}
