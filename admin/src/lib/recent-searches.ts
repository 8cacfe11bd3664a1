const storageKey = 'tocsin.searches';
const maxSearches = 6;

/** Searches of this tab, the newest first. Not kept longer, because they can name customers. */
export function readRecentSearches(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored)
      ? stored.filter((text) => typeof text === 'string').slice(0, maxSearches)
      : [];
  } catch {
    return [];
  }
}

export function rememberSearch(query: string): void {
  const text = query.trim();
  if (text === '') return;
  const others = readRecentSearches().filter((other) => other !== text);
  try {
    sessionStorage.setItem(storageKey, JSON.stringify([text, ...others].slice(0, maxSearches)));
  } catch {
    // Without storage, there are no recent searches.
  }
}

export function forgetSearches(): void {
  try {
    sessionStorage.removeItem(storageKey);
  } catch {
    // Without storage, there is nothing to remove.
  }
}
