/** Choices that are offered first the next time. */
const maxRecent = 4;

/** Returns the ids that were chosen last, the latest first. Kept in the browser, by kind. */
export function readRecent(kind: 'app' | 'account'): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(toKey(kind)) ?? '[]');
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string').slice(0, maxRecent) : [];
  } catch {
    return [];
  }
}

export function addRecent(kind: 'app' | 'account', id: string): void {
  const recent = [id, ...readRecent(kind).filter((other) => other !== id)].slice(0, maxRecent);
  try {
    localStorage.setItem(toKey(kind), JSON.stringify(recent));
  } catch {
    // Without storage, nothing is remembered.
  }
}

function toKey(kind: string): string {
  return `tocsin-recent-${kind}`;
}
