import { describe, expect, it } from 'vitest';
import { InvalidRequestError, toRequestBytes } from '../../../../server/src/delivery/http/request-bytes.ts';
import type { OutgoingRequest } from '../../../../server/src/domain/ports/sending.ts';

const toRequest = (change: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  accountId: 'acc_a',
  origin: 'https://receiver.test:8443',
  path: '/hook?a=1',
  headers: { 'content-type': 'application/json', 'x-Empty': '' },
  body: '{}',
  deadlineMs: 1_000,
  ...change,
});

const head =
  'POST /hook?a=1 HTTP/1.1\r\nhost: receiver.test:8443\r\nconnection: keep-alive\r\n' +
  'content-type: application/json\r\nx-Empty: \r\n';

describe('the bytes of a request', () => {
  it('with a body in ASCII are text, which a socket writes without a buffer', () => {
    const bytes = toRequestBytes('receiver.test:8443', toRequest());
    expect(bytes).toBe(`${head}content-length: 2\r\n\r\n{}`);
  });

  it('without a body say so', () => {
    const bytes = toRequestBytes('receiver.test:8443', toRequest({ body: '' }));
    expect(bytes).toBe(`${head}content-length: 0\r\n\r\n`);
  });

  it.each(['é', '€', '😀', '\ud800'])('with %j in the body are UTF-8, and are counted as such', (text) => {
    const bytes = toRequestBytes('receiver.test:8443', toRequest({ body: text }));
    const body = Buffer.from(text);
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]),
    );
  });

  it('have one byte for each character of a header in Latin-1', () => {
    const bytes = toRequestBytes('r', toRequest({ headers: { x: 'é\tü' }, body: 'é' }));
    expect(bytes).toBeInstanceOf(Buffer);
    expect(bytes.toString('latin1')).toContain('\r\nx: é\tü\r\n');
  });

  it('leave out a header without a value', () => {
    // `as`: a record may have such a field at run time.
    const headers = { 'x-a': undefined, 'x-b': '1' } as unknown as OutgoingRequest['headers'];
    const bytes = toRequestBytes('r', toRequest({ headers }));
    expect(bytes.toString()).toContain('keep-alive\r\nx-b: 1\r\ncontent-length');
  });

  it.each(['a\r\nb: c', 'a\nb', 'a\rb', 'a\0b', '€', '\x7f'])(
    'are not made with the header value %j, and the error does not contain it',
    (value) => {
      const make = () => toRequestBytes('r', toRequest({ headers: { 'x-a': value } }));
      expect(make).toThrow(new InvalidRequestError('the header "x-a" is invalid'));
    },
  );

  it.each([
    '',
    'a b',
    'a:',
    'a\r\nb',
    'é',
    'Host',
    'connection',
    'content-length',
    'transfer-encoding',
    'expect',
    'upgrade',
  ])('are not made with the header name %j', (name) => {
    const make = () => toRequestBytes('r', toRequest({ headers: { [name]: 'x' } }));
    expect(make).toThrow(InvalidRequestError);
  });

  it.each(['', 'hook', '/a b', '/a\r\nb', '/€', '/\x7f'])('are not made with the path %j', (path) => {
    expect(() => toRequestBytes('r', toRequest({ path }))).toThrow(
      new InvalidRequestError('the path is invalid'),
    );
  });
});
