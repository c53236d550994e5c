import { useLocalStorage } from "@mantine/hooks";

/** A statement under a name, kept by this browser. */
export interface SavedQuery {
  name: string;
  sql: string;
}

const isSaved = (value: unknown): value is SavedQuery =>
  typeof value === "object" && value !== null && typeof (value as SavedQuery).name === "string" && typeof (value as SavedQuery).sql === "string";

/** What storage holds, without what is no saved query: other versions and people write there too. */
export function readSaved(text: string | undefined): SavedQuery[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isSaved) : [];
  } catch {
    return [];
  }
}

/** With one more, in the place of one of the same name. */
export function withSaved(list: readonly SavedQuery[], added: SavedQuery): SavedQuery[] {
  return [...list.filter((q) => q.name !== added.name), added].sort((a, b) => a.name.localeCompare(b.name));
}

export function useSaved() {
  return useLocalStorage<SavedQuery[]>({ key: "candor.queries", defaultValue: [], getInitialValueInEffect: false, deserialize: readSaved });
}
