/** The bearer token of this tab. It is kept in session storage: closing the tab signs out. */

const KEY = "candor.token";
const listeners = new Set<() => void>();
let refused = false;

export function token(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function signIn(value: string): void {
  sessionStorage.setItem(KEY, value.trim());
  refused = false;
  tell();
}

export function signOut(): void {
  sessionStorage.removeItem(KEY);
  refused = true;
  tell();
}

/** Whether the server asked for a token that this tab does not have. */
export function isRefused(): boolean {
  return refused;
}

export function refuse(): void {
  if (refused) return;
  refused = true;
  tell();
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
