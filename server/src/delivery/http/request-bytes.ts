import type { OutgoingRequest } from '../../domain/ports/sending.ts';

/** A request that cannot be sent as HTTP. The message contains names and no values. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
}

/** A field name (RFC 9110, 5.1). */
const validName = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** A field value that ends at its line: no CR, LF or NUL, which would inject headers, and one byte per character. */
const validValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A request target without spaces and control characters. */
const validPath = /^\/[\x21-\x7e\x80-\xff]*$/;

/** Headers that this file sets, or that change how a message is framed. */
const ownNames: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/**
 * Serializes a request, so that one write sends it. Returns text with one byte per character (latin1) if the
 * body is ASCII, because a socket writes short text without a buffer.
 *
 * @throws InvalidRequestError if the path or a header is not valid
 */
export function toRequestBytes(host: string, { path, headers, body }: OutgoingRequest): string | Buffer {
  if (!validPath.test(path)) throw new InvalidRequestError('the path is invalid');
  let head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  // Not Object.entries: this runs for every attempt, and would allocate an array per header.
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (!validName.test(name) || ownNames.has(name.toLowerCase()) || !validValue.test(value)) {
      throw new InvalidRequestError(`the header ${JSON.stringify(name)} is invalid`);
    }
    head += `${name}: ${value}\r\n`;
  }
  const bodyBytes = Buffer.byteLength(body);
  head += `content-length: ${bodyBytes}\r\n\r\n`;
  if (bodyBytes === body.length) return head + body;

  const bytes = Buffer.allocUnsafe(head.length + bodyBytes);
  bytes.write(head, 0, 'latin1');
  bytes.write(body, head.length, 'utf8');
  return bytes;
}
