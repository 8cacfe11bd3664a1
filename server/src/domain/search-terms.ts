/** Characters of a term. Longer texts are found by their first characters. */
const maxLength = 48;

/** Terms of one text: as many words of it are found. */
const maxWords = 10;

/** Returns a text without differences of case, of accents and of white space. */
function foldText(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim().replaceAll(/\s+/g, ' ');
}

/** A cut must not leave half of a character, which the database does not store as it is. */
function cutText(text: string): string {
  return text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '');
}

/**
 * Returns what an object is found by: each text from the start of each of its words on. The search compares a query
 * with the starts of terms, so an index answers it. `Acme Production` is found by `acme p` and by `prod`,
 * `hooks.acme.example` by `acme`.
 */
export function toSearchTerms(texts: readonly (string | null | undefined)[]): string[] {
  const terms = new Set<string>();
  for (const text of texts) {
    const folded = foldText(text ?? '');
    const words = [...folded.matchAll(/[\p{L}\p{N}]+/gu)].slice(0, maxWords);
    for (const { index } of words) terms.add(cutText(folded.slice(index)));
  }
  return [...terms];
}

/** Returns the form of a query that terms are compared with. Undefined: it has neither a letter nor a digit. */
export function toSearchPrefix(query: string): string | undefined {
  const folded = foldText(query);
  const start = folded.search(/[\p{L}\p{N}]/u);
  return start === -1 ? undefined : cutText(folded.slice(start));
}

/** Whether one of these terms begins with a prefix. */
export function hasTermWith(terms: readonly string[], prefix: string): boolean {
  return terms.some((term) => term.startsWith(prefix));
}
