/** The class that a binary model's score is about, as its spec says. */
export function positiveClass(object: unknown): string {
  const declared = (object as { spec?: { positive_class?: unknown } } | undefined)?.spec?.positive_class;
  return typeof declared === "string" ? declared : "1";
}
