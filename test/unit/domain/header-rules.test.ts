import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTocsinError } from '../../../server/src/domain/errors.ts';
import { checkCustomHeaders } from '../../../server/src/domain/header-rules.ts';
import { anyCodePoint } from '../../support/any-code-point.ts';

function messageOf(headers: Record<string, string>): string {
  try {
    checkCustomHeaders(headers);
  } catch (error) {
    if (isTocsinError(error) && error.code === 'INVALID_INPUT') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('custom headers', () => {
  test('are returned in lower case and frozen', () => {
    const checked = checkCustomHeaders({ 'X-Api-Key': 'abc', Authorization: 'Bearer a b' });
    expect(checked).toEqual({ 'x-api-key': 'abc', authorization: 'Bearer a b' });
    expect(Object.isFrozen(checked)).toBe(true);
    expect(checkCustomHeaders({})).toEqual({});
  });

  test.each([
    'Host',
    'content-type',
    'Content-Length',
    'content-encoding',
    'content-anything',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'Proxy-Authorization',
    'proxy-x',
    'User-Agent',
    'webhook-id',
    'Webhook-Signature',
    'webhook-x',
    'X-Webhook-Signature',
    'x-webhook-x',
    'X-Authforge-Signature',
    'x-authforge-x',
    'traceparent',
    'TraceParent',
  ])('may not be named %s', (name) => {
    expect(messageOf({ [name]: 'a' })).toBe(
      `headers: "${name}" is set by the platform or controls the connection; use another name`,
    );
  });

  test.each(['contentment', 'x-content-type', 'hosts', 'my-webhook-id', 'x-te', 'Authorization', 'X-Trace'])(
    'may be named %s',
    (name) => expect(messageOf({ [name]: 'a' })).toBe('accepted'),
  );

  test.each([
    '',
    ' x',
    'x ',
    'x y',
    'x:y',
    'x_y',
    'x\r\ny',
    'x\ny',
    'é',
    'x\0',
    'x.y',
    '\u212a',
    'a'.repeat(65),
  ])('may not be named %j', (name) => expect(messageOf({ [name]: 'a' })).toContain('is not a valid name'));

  test.each(['__proto__', 'constructor', 'prototype', 'Constructor', '__PROTO__'])(
    'may not be named %s, a special property of objects',
    (name) => {
      const headers = JSON.parse(`{"${name}":"a"}`) as Record<string, string>;
      expect(messageOf(headers)).toContain('is not allowed as a name');
    },
  );

  test.each([
    '',
    ' ',
    ' a',
    'a ',
    'a\r\nb: c',
    'a\nb',
    'a\rb',
    'a\0b',
    'a\tb',
    'é',
    '\u007f',
    '\u2028',
    'a\u00a0b',
  ])('may not have the value %j', (value) =>
    expect(messageOf({ 'x-a': value })).toContain('"x-a" has an invalid value'),
  );

  test.each(['a', 'a b', 'a  b', '!~', 'Bearer eyJ.a-b_c=', '"quoted, list"; q=1'])(
    'may have the value %j',
    (value) => expect(messageOf({ 'x-a': value })).toBe('accepted'),
  );

  test('are rejected if they differ only in case', () => {
    expect(messageOf({ 'X-A': 'a', 'x-a': 'b' })).toBe(
      'headers: "x-a" is given twice; names are case-insensitive',
    );
  });

  test('are at most 32', () => {
    const of = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'a']));
    expect(messageOf(of(32))).toBe('accepted');
    expect(messageOf(of(33))).toBe('headers has 33 entries; at most 32 are allowed');
  });

  test('are rejected without their value in the message', () => {
    expect(messageOf({ 'x-a': 'secret\n' })).not.toContain('secret');
    expect(messageOf({ host: 'secret' })).not.toContain('secret');
  });

  test('are rejected, or become lines that cannot be broken out of', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: anyCodePoint }), fc.string({ unit: anyCodePoint })),
        (headers) => {
          const message = messageOf(headers);
          expect(message).toMatch(/^[\x20-\x7e]*$/);
          if (message !== 'accepted') return;
          for (const [name, value] of Object.entries(checkCustomHeaders(headers))) {
            expect(`${name}: ${value}`).toMatch(/^[a-z0-9-]+: [\x20-\x7e]+$/);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the names that are reserved', () => {
  test.each([
    'http2-settings',
    'tracestate',
    'x-authon-x',
    'X-Authon-Signature',
    'content-',
    'proxy-',
    'webhook-',
    'x-webhook-',
    'x-authon-',
    'x-authforge-',
  ])('include %s', (name) => {
    expect(messageOf({ [name]: 'a' })).toBe(
      `headers: "${name}" is set by the platform or controls the connection; use another name`,
    );
  });

  test.each(['x-authonx', 'a'.repeat(64), 'A', '0', '-', 'expected', 'tea', 'x-proxy-id'])(
    'do not include %s',
    (name) => expect(messageOf({ [name]: 'a' })).toBe('accepted'),
  );
});

describe('what a message says of a header', () => {
  test('is its name with everything but visible ASCII escaped', () => {
    expect(messageOf({ 'a\u00e9\n\u2028': 'a' })).toBe(
      'headers: "a\\u00e9\\n\\u2028" is not a valid name; use 1 to 64 letters, digits and dashes',
    );
  });

  test('is at most 64 characters of its name', () => {
    expect(messageOf({ ['a'.repeat(100)]: 'a' })).toBe(
      `headers: "${'a'.repeat(64)}" is not a valid name; use 1 to 64 letters, digits and dashes`,
    );
  });

  test('is why its value is refused, also when that is no text', () => {
    const why = '"x-a" has an invalid value; use visible ASCII characters, with spaces only between them';
    expect(messageOf({ 'x-a': ' a' })).toBe(`headers: ${why}`);
    expect(messageOf({ 'x-a': 7 as unknown as string })).toBe(`headers: ${why}`);
  });

  test('is the first thing that is wrong', () => {
    const headers = JSON.parse('{"__proto__":"a"}') as Record<string, string>;
    expect(messageOf(headers)).toBe('headers: "__proto__" is not allowed as a name');
  });
});
