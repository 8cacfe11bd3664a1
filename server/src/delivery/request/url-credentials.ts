import type { ResolvedFormat } from '../destinations/destination.ts';

/**
 * Chat services use tokens of 24 characters and more. Ordinary words and numbers in URLs are rarely this
 * long.
 */
const minTokenLength = 16;

/**
 * The parts of a webhook URL that act as credentials: long query values and, for chat services, long path
 * segments. The path of an ordinary endpoint is its address, which its own replies may mention.
 */
export function getUrlCredentials(format: ResolvedFormat, url: URL): string[] {
  const rawValues = url.search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  const segments = format === 'json' ? [] : url.pathname.split('/');
  return [...rawValues, ...segments, ...url.searchParams.values()].filter(
    (text) => text.length >= minTokenLength,
  );
}
