import {
  toBytes,
  equalInConstantTime,
  equalSecrets,
  fromBase64,
  toKeyBytes,
  signAuthforge,
  signedContent,
  signStandard,
} from '@tocsin/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';

describe('equalInConstantTime', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['sha256=ab', 'sha256=ab'],
    ['é', 'é'],
  ])('returns true for %j and %j', (a, b) => expect(equalInConstantTime(a, b)).toBe(true));

  it.each([
    ['', 'sha256=ab'],
    ['s', 'sha256=ab'],
    ['sha256=a', 'sha256=ab'],
    ['sha256=ab', 'sha256=abc'],
    ['sha256=ab', 'sha256=ab\0'],
    ['xha256=ab', 'sha256=ab'],
    ['sha256=ac', 'sha256=ab'],
    ['sha256=AB', 'sha256=ab'],
  ])('returns false for %j and %j, in both orders', (a, b) => {
    expect(equalInConstantTime(a, b)).toBe(false);
    expect(equalInConstantTime(b, a)).toBe(false);
  });

  it('agrees with === for any two texts', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(equalInConstantTime(a, b)).toBe(a === b);
      }),
      { numRuns: 500 },
    );
  });
});

describe('equalSecrets', () => {
  it.each([
    [secret, secret, true],
    ['é', 'é', true],
    [secret, secret.slice(0, -1), false],
    [secret, `${secret} `, false],
    [secret, secret.toUpperCase(), false],
    ['', secret, false],
    [secret, '', false],
  ])('of %j and %j is %j', async (a, b, equal) => {
    expect(await equalSecrets(a, b)).toBe(equal);
  });
});

describe('fromBase64', () => {
  it.each([
    ['AQI=', [1, 2]],
    ['AQI', [1, 2]],
    ['AQ==', [1]],
    ['AQID', [1, 2, 3]],
    ['+/+/', [0xfb, 0xff, 0xbf]],
    ['azAZ', [0x6b, 0x30, 0x19]],
  ])('reads %j', (text, bytes) => expect([...(fromBase64(text) ?? [])]).toEqual(bytes));

  it.each([
    '',
    '=',
    '==',
    'A', // a length that no base64 text has
    'AQI=\n',
    'AQI= ',
    'AQI=junk',
    'AQID!junk',
    ' AQI=',
    'AQ I=',
    'AQ\nI=',
    '-_-_', // the alphabet of base64url
    'AQI===',
    'é',
  ])('rejects %j', (text) => expect(fromBase64(text)).toBeUndefined());

  it('reads back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        expect(fromBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
      }),
    );
  });
});

describe('toKeyBytes', () => {
  it.each([
    ['whsec_AQI=', 'whsec_', [1, 2]],
    ['AQI=', 'whsec_', [1, 2]],
    ['whpk_AQI=', 'whpk_', [1, 2]],
  ] as const)('of %j with the prefix %s is the decoded key', (text, prefix, bytes) => {
    expect([...(toKeyBytes(text, prefix) ?? [])]).toEqual(bytes);
  });

  it.each([
    ['whpk_AQI=', 'whsec_'],
    ['whsec_AQI=', 'whpk_'],
    ['whsec_', 'whsec_'],
    ['whsec_whsec_AQI=', 'whsec_'],
    ['whsec_AQI=\n', 'whsec_'],
  ] as const)('of %j with the prefix %s is undefined', (text, prefix) => {
    expect(toKeyBytes(text, prefix)).toBeUndefined();
  });
});

describe('toBytes', () => {
  it('encodes text as UTF-8', () => {
    expect([...toBytes('é€')]).toEqual([0xc3, 0xa9, 0xe2, 0x82, 0xac]);
  });

  it('copies bytes, also those of a view into a larger buffer', () => {
    const source = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
    const copy = toBytes(source);
    source[0] = 7;
    expect([...copy]).toEqual([1, 2]);
    expect(copy.buffer.byteLength).toBe(2);
  });
});

describe('signing', () => {
  it('covers id, timestamp and body, joined by dots', () => {
    const text = (body: string | Uint8Array) =>
      new TextDecoder().decode(signedContent({ id: 'evt_1', timestamp: 17, body }));
    expect(text('{"é":1}')).toBe('evt_1.17.{"é":1}');
    expect(text(toBytes('{"é":1}'))).toBe('evt_1.17.{"é":1}');
    expect(text('')).toBe('evt_1.17.');
  });

  it('with a secret that is not base64 throws a TypeError that does not contain it', async () => {
    const message = { id: 'evt_1', timestamp: 1, body: '{}' };
    await expect(signStandard('whsec_***', message)).rejects.toThrow(
      new TypeError('the secret is not whsec_ followed by base64'),
    );
  });

  it('has the form that each contract names', async () => {
    const message = { id: 'evt_1', timestamp: 1_775_835_000, body: '{}' };
    expect(await signStandard(secret, message)).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    expect(await signAuthforge(secret, '{}')).toMatch(/^sha256=[0-9a-f]{64}$/);
  });
});
