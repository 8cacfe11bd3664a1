import type { ResponseHead } from './response-head.ts';

/** How the end of a response body is found (RFC 9112, 6.3). */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** The body ends with the connection. */
  | { readonly kind: 'close' }
  /** The head contradicts itself, so no byte after it has a meaning. */
  | { readonly kind: 'unknown' };

const none: BodyFraming = { kind: 'none' };
const chunked: BodyFraming = { kind: 'chunked' };
const close: BodyFraming = { kind: 'close' };
const unknown: BodyFraming = { kind: 'unknown' };

export function toBodyFraming(head: ResponseHead): BodyFraming {
  const { statusCode, transferEncoding, contentLength } = head;
  if (statusCode === 204 || statusCode === 304) return none;
  // A transfer encoding overrides the length.
  if (transferEncoding !== undefined) return lastToken(transferEncoding) === 'chunked' ? chunked : close;
  if (contentLength === undefined) return close;
  const length = parseContentLength(contentLength);
  if (length === undefined) return unknown;
  return length === 0 ? none : { kind: 'length', length };
}

/** Whether the response leaves no doubt about where it ends, and keeps the connection open. */
export function isPersistent(head: ResponseHead): boolean {
  const { statusCode, transferEncoding, contentLength, connection } = head;
  if (head.isDoubtful) return false;
  if (transferEncoding !== undefined) {
    // Both fields, or chunks in HTTP/1.0: another implementation may see another end.
    if (contentLength !== undefined || !head.isPersistentVersion) return false;
  }
  // A body may follow although there must be none.
  const hasLength = contentLength !== undefined && parseContentLength(contentLength) !== 0;
  if (statusCode === 204 && (hasLength || transferEncoding !== undefined)) return false;
  if (connection === undefined) return head.isPersistentVersion;
  const tokens = connection.toLowerCase().split(',');
  if (tokens.some((token) => token.trim() === 'close')) return false;
  return head.isPersistentVersion || tokens.some((token) => token.trim() === 'keep-alive');
}

/** The seconds of `Keep-Alive: timeout=5, max=100`. */
export function parseKeepAliveSeconds(keepAlive: string | undefined): number | undefined {
  const seconds = keepAlive === undefined ? undefined : /(?:^|[,;\s])timeout="?(\d+)/i.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Returns undefined if it is no number, or a list of different numbers. */
function parseContentLength(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const values = text.split(',').map((value) => value.trim());
  const isList = values.every((value) => /^\d+$/.test(value) && Number(value) === Number(values[0]));
  return isList ? Number(values[0]) : undefined;
}

function lastToken(list: string): string {
  return list
    .slice(list.lastIndexOf(',') + 1)
    .trim()
    .toLowerCase();
}
