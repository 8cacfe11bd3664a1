import { maskText, maskUrl } from '@tocsin/shared';

/* Words by which lists find accounts, apps, keys and webhooks. Stored with the object in `searchWords`. */

/** Stored words of one object. Bounds its index entries. */
const maxWords = 64;
const maxWordLength = 64;
/** Words of a search. The others are ignored. */
const maxTerms = 8;

/** Places within a text without spaces where a word begins: after a separator, and at each character of a script without spaces. */
const wordStart =
  /(?<=[^\p{L}\p{N}\p{M}])(?=[\p{L}\p{N}])|(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])/gu;

/** Control characters are in no word: the store cannot search for a NUL. */
const separators = /[\s\p{Cc}]+/u;

/**
 * Returns the words of texts, without case and accents. A text such as `hooks.example.com` also counts from each of its
 * parts on, so that `example.com` finds it. The first texts win if there are too many words.
 */
export function toSearchWords(texts: readonly string[]): string[] {
  const words = new Set<string>();
  for (const part of texts.flatMap((text) => fold(text).split(separators))) {
    for (const start of [0, ...[...part.matchAll(wordStart)].map(({ index }) => index)]) {
      const word = cut(part.slice(start));
      if (word === '') continue;
      if (words.size >= maxWords) return [...words];
      words.add(word);
    }
  }
  return [...words];
}

/** The words of a webhook. The URL counts without its credentials. */
export function toWebhookWords(webhook: {
  readonly id: string;
  readonly description: string | null;
  /** Undefined if no key decrypts it. */
  readonly url: string | undefined;
}): string[] {
  const { id, description, url } = webhook;
  return toSearchWords([id, ...toUrlTexts(url), description ?? '']);
}

/**
 * Returns what a search asks for: each term must begin a word of the object. Empty for a text without words, which
 * finds nothing.
 */
export function toSearchTerms(text: string): string[] {
  const terms = text
    .split(separators)
    .flatMap((part) => (/^https?:\/\//iu.test(part) ? toUrlTexts(part) : part))
    .map((part) => cut(fold(part)))
    .filter((term) => term !== '');
  return [...new Set(terms)].slice(0, maxTerms);
}

/** Whether each term begins one of the words. */
export function matchesWords(words: readonly string[], terms: readonly string[]): boolean {
  return terms.every((term) => words.some((word) => word.startsWith(term)));
}

/** The host and the path of a URL, as far as they contain no credential. */
function toUrlTexts(url: string | undefined): string[] {
  if (url === undefined) return [];
  const shown = maskUrl(url).replace(/^[a-z]+:\/\//iu, '');
  const [visible = ''] = shown.split(maskText);
  return visible === '' ? [] : [visible.replace(/[/?]$/u, '')];
}

/** Drops accents and case. `ß` becomes `ss`, and full-width letters become ordinary ones. */
function fold(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toUpperCase().toLowerCase().trim();
}

function cut(word: string): string {
  return Array.from(word).slice(0, maxWordLength).join('');
}
