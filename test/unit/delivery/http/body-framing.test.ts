import { describe, expect, it } from 'vitest';
import { ResponseReader } from '../../../../server/src/delivery/http/response-reader.ts';

/** Reads a response whose bytes are all there: `kept` if another request may follow on its connection. */
function read(start: string, fields: string, body: string): string {
  const reader = new ResponseReader();
  reader.read(Buffer.from(`${start}\r\n${fields}\r\n${body}`, 'latin1'));
  const { statusCode, problem, isReusable } = reader;
  return `${statusCode} ${problem ?? (isReusable ? 'kept' : 'closed')}`;
}

const length = (text: string) => `content-length: ${text}\r\n`;
const chunked = 'transfer-encoding: chunked\r\n';

describe('the connection after a response', () => {
  it.each([
    ['HTTP/1.0 200 OK', 'connection: upgrade, keep-alive\r\n', '200 kept'],
    ['HTTP/1.0 200 OK', 'connection: keep-alive ,upgrade\r\n', '200 kept'],
    ['HTTP/1.0 200 OK', 'connection: keep-alive, close\r\n', '200 closed'],
    ['HTTP/1.1 200 OK', 'connection: upgrade\r\n', '200 kept'],
    ['HTTP/2.0 200 OK', '', '200 kept'],
    ['HTTP/1.0 200 OK', '', '200 closed'],
  ])('of %s with %j', (start, fields, expected) => {
    expect(read(start, `${fields}${length('2')}`, 'ok')).toBe(expected);
  });
});

describe('the length of a response', () => {
  it.each([
    ['10', '200 kept'],
    ['10,10', '200 kept'],
    ['010, 10', '200 kept'],
    ['10, 10 bytes', '200 contradicting lengths'],
    ['10, 1', '200 contradicting lengths'],
  ])('of %s', (text, expected) => {
    expect(read('HTTP/1.1 200 OK', length(text), '0123456789')).toBe(expected);
  });
});

describe('chunks', () => {
  it.each([
    ['without a size, but an extension', ';a=b\r\n0\r\n\r\n', '200 malformed chunks'],
    ['with a byte before the line break of their data', '1\r\nkx\n0\r\n\r\n', '200 malformed chunks'],
    ['of a size in capitals', '0A\r\n0123456789\r\n0\r\n\r\n', '200 kept'],
  ])('%s', (_what, body, expected) => {
    expect(read('HTTP/1.1 200 OK', chunked, body)).toBe(expected);
  });
});
