import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toDecodedTexts } from '../../../../server/src/delivery/request/decoded-texts.ts';
import { createReplyRedactor } from '../../../../server/src/delivery/request/redact-reply.ts';

/*
 * A reply that spells a credential differently must not carry it past the redaction. Each spelling is undone
 * here by an independent decoder.
 */

const bytes = (text: string) => [...Buffer.from(text)];
const hex = (text: string) => Buffer.from(text).toString('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const each = (text: string, toText: (code: number) => string) => bytes(text).map(toText).join('');
const hex2 = (code: number) => code.toString(16).padStart(2, '0');
const swapCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
const base32 = (text: string) => {
  const digits = bytes(text)
    .map((code) => code.toString(2).padStart(8, '0'))
    .join('');
  return (digits.match(/.{1,5}/g) ?? [])
    .map((bits) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(Number.parseInt(bits.padEnd(5, '0'), 2)))
    .join('');
};

const spellings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  'upper case': (text) => text.toUpperCase(),
  'swapped case': swapCase,
  reversed: (text) => text.split('').reverse().join(''),
  'one character per line': (text) => text.split('').join('\n'),
  'groups of four': (text) => (text.match(/.{1,4}/g) ?? []).join(' '),
  'groups with dashes': (text) => (text.match(/.{1,5}/g) ?? []).join('-'),
  'characters as a JSON array': (text) => JSON.stringify(text.split('')),
  base64,
  'base64 without padding': (text) => base64(text).replace(/=+$/, ''),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in lines': (text) => (base64(text).match(/.{1,20}/g) ?? []).join('\r\n'),
  'base64 in lines inside JSON': (text) =>
    JSON.stringify({ raw: (base64(text).match(/.{1,20}/g) ?? []).join('\n') }),
  'base64 after one character': (text) => base64(`x${text}`),
  'base64 after two characters': (text) => base64(`xy${text}`),
  'base64 right after other letters': (text) => `abc${base64(text)}`,
  'base64 twice': (text) => base64(base64(text)),
  'base64 of UTF-16': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  hex,
  'hex in upper case': (text) => hex(text).toUpperCase(),
  'hex with colons': (text) => each(text, (code) => `${hex2(code)}:`),
  'hex with 0x': (text) => each(text, (code) => `0x${hex2(code)}, `),
  'hex as in a dump': (text) => (hex(text).match(/.{1,4}/g) ?? []).join(' '),
  'hex of base64': (text) => hex(base64(text)),
  'base64 of hex': (text) => base64(hex(text)),
  base32,
  'base32 in lower case': (text) => base32(text).toLowerCase(),
  percent: (text) => each(text, (code) => `%${hex2(code)}`),
  'percent twice': (text) => each(text, (code) => `%25${hex2(code)}`),
  'base64 in a URL': (text) => encodeURIComponent(base64(text)),
  'JSON escapes': (text) => each(text, (code) => `\\u${hex2(code).padStart(4, '0')}`),
  'JSON escapes inside JSON': (text) =>
    JSON.stringify(each(text, (code) => `\\u${hex2(code).padStart(4, '0')}`)),
  'C escapes': (text) => each(text, (code) => `\\x${hex2(code)}`),
  'HTML in decimal': (text) => each(text, (code) => `&#${code};`),
  'HTML in hex': (text) => each(text, (code) => `&#x${hex2(code)};`),
  'HTML with zeros': (text) => each(text, (code) => `&#0${code};`),
  'bytes as JSON': (text) => JSON.stringify(Buffer.from(text)),
  'bytes with spaces': (text) => bytes(text).join(' '),
};

const credentials = {
  'a signing secret': 'whsec_0123456789abcdef0a1b2c3d4e5f6789',
  'a header value': 'Bearer GATEWAY-TOKEN-Zx81kk9Q',
  'a token of letters': 'QwErTyUiOpAsDfGhJkL',
};

describe.each(Object.entries(credentials))('a reply that spells %s', (_, credential) => {
  const redact = (reply: string) =>
    createReplyRedactor([credential, 'another credential of the webhook'])(reply);
  const bare = credential.replace(/^whsec_/, '');

  it.each(Object.entries(spellings))('in %s keeps no part of it', (_name, spell) => {
    for (const text of [credential, `x-webhook-secret: ${credential}\r\nuser-agent: Authon-Webhook/1.0`]) {
      const spelled = spell(text);
      for (const reply of [spelled, `<h1>500</h1><pre>${spelled}</pre>`, `{"got": "${spelled}"}`]) {
        const kept = redact(reply);
        expect(kept).not.toBe(reply);
        for (let at = 0; at + 8 <= bare.length; at++) {
          const part = spell(bare.slice(at, at + 8));
          if (part.length >= 8) expect(kept).not.toContain(part);
        }
      }
    }
  });

  it.each(Object.entries(spellings))('and keeps no half of it in %s', (_name, spell) => {
    for (const half of [bare.slice(0, 16), bare.slice(-16)]) {
      expect(redact(`error near ${spell(half)} in line 3`)).toContain('[removed]');
    }
  });
});

it('removes the whole reply if only a decoded form contains a credential', () => {
  const redact = createReplyRedactor([credentials['a signing secret']]);
  expect(redact(`got ${base64(credentials['a signing secret'])}`)).toBe('[removed]');
});

it.each([
  '\\u0070',
  '\\u{70}',
  '\\x70',
  '%70',
  '%u0070',
  '0x70',
  '&#x70;',
  '&#x0070;',
  '&#112;',
  '&#0112;',
  '\\np',
  '\\tp',
  'p\\',
])('removes a reply that escapes a single character of a credential as %s', (escaped) => {
  const redact = createReplyRedactor(['QwErTyUiOpAsDfGhJkL']);
  expect(redact(`got QwErTyUiO${escaped}AsDfGhJkL`)).toContain('[removed]');
});

it('decodes three levels, and finds nothing in a text that is not encoded', () => {
  const text = 'an ordinary session of a user';
  const nested = (levels: number): string => (levels === 0 ? text : base64(nested(levels - 1)));
  const isFound = (levels: number) => toDecodedTexts(nested(levels)).some((found) => found.includes(text));
  expect([1, 2, 3, 4].map(isFound)).toEqual([true, true, true, false]);
  expect(toDecodedTexts('ok')).toEqual([]);
});

it('keeps ordinary replies as they are', () => {
  const redact = createReplyRedactor([...Object.values(credentials), 'application/json', 'en-US,en;q=0.9']);
  for (const reply of [
    'ok',
    '{"received":true}',
    '{"error":"unsupported media type application/xml","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}',
    '<!doctype html><html><head><title>502 Bad Gateway</title></head><body><center>nginx/1.25.3</center></body>',
    'Error: getaddrinfo ENOTFOUND db.internal\n    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26)',
    `session=${base64('an ordinary session of a user')}; path=/`,
  ]) {
    expect(redact(reply)).toBe(reply);
  }
});

it('keeps any text that has no part of a credential, and is stable', () => {
  const redact = createReplyRedactor([credentials['a signing secret']]);
  fc.assert(
    fc.property(fc.string({ maxLength: 2048 }), (reply) => {
      expect(redact(reply)).toBe(reply);
      expect(redact(redact(reply))).toBe(redact(reply));
    }),
  );
});

it('keeps no credential, whatever surrounds it and however it is spelled', () => {
  const secret = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((random) => `whsec_${Buffer.from(random).toString('hex')}`);
  const spelling = fc.constantFrom(...Object.values(spellings));
  fc.assert(
    fc.property(secret, spelling, fc.string(), fc.string(), (text, spell, before, after) => {
      const spelled = spell(text);
      expect(createReplyRedactor([text])(`${before} ${spelled} ${after}`)).not.toContain(spelled);
    }),
    { numRuns: 300 },
  );
});

it('searches an amount of text that grows in proportion to the reply', () => {
  const texts: Record<string, (size: number) => string> = {
    base64: (size) => base64(base64(base64('words and more words '.repeat(size)))).slice(0, size),
    hex: (size) => hex(hex('words '.repeat(size))).slice(0, size),
    base32: (size) => base32(base32('words '.repeat(size))).slice(0, size),
    numbers: (size) => '65 '.repeat(size).slice(0, size),
    percent: (size) => '%25'.repeat(size).slice(0, size),
    backslashes: (size) => '\\'.repeat(size),
    letters: (size) => 'a'.repeat(size),
  };
  const work = (text: string) => toDecodedTexts(text).reduce((sum, decoded) => sum + decoded.length, 0);
  for (const toText of Object.values(texts)) {
    for (const size of [512, 1024, 2048]) expect(work(toText(size))).toBeLessThan(12 * size);
  }
});
