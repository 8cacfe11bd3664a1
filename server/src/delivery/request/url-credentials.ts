import type { ResolvedFormat } from '../destinations/registry.ts';

/** Tokens of chat services have 24 characters and more; words and numbers in paths seldom have so many. */
const minTokenLength = 16;

/**
 * What of a webhook's URL lets whoever knows it post there: long values of the query, and for a chat service long parts of
 * the path too. The path of an ordinary endpoint is its address, which its own replies may well speak of.
 */
export function urlCredentials(format: ResolvedFormat, url: URL): string[] {
  const values = url.search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const parts = format === 'json' ? [] : url.pathname.split('/');
  return [...values, ...parts, ...url.searchParams.values()].filter((text) => text.length >= minTokenLength);
}
