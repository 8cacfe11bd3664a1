import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  breakAngleBrackets,
  cleanText,
} from '../../../../../server/src/delivery/destinations/message/clean-text.ts';
import {
  countCodePoints,
  cutText,
} from '../../../../../server/src/delivery/destinations/message/cut-text.ts';
import { maskKey, maskKeys } from '../../../../../server/src/delivery/destinations/message/mask-key.ts';

describe('a cleaned text', () => {
  test.for([
    ['two\r\nlines\tand a tab', 'two lines and a tab'],
    ['bell\u0007 and null\u0000', 'bell and null'],
    ['user\u202egpj.exe', 'usergpj.exe'],
    ['  spaces around \ufeff', 'spaces around'],
    ['half \ud83d pair', 'half \ufffd pair'],
    ['👩‍👩‍👧‍👦 and مرحبا', '👩‍👩‍👧‍👦 and مرحبا'],
    ['@everyone @Here @channel', '@\u200beveryone @\u200bHere @\u200bchannel'],
    ['@\u0000everyone', '@\u200beveryone'],
    ['bob@example.com', 'bob@example.com'],
  ] as const)('of %j is %j', ([text, cleaned]) => {
    expect(cleanText(text)).toBe(cleaned);
  });

  test('breaks angle brackets that could open a tag or mention, and no others', () => {
    expect(breakAngleBrackets('1 < 2, <at>x</at>, <!channel>, <3')).toBe(
      '1 < 2, <\u200bat>x<\u200b/at>, <\u200b!channel>, <3',
    );
  });
});

describe('a cut text', () => {
  test('is unchanged if it fits exactly', () => {
    expect(cutText('abcde', 5)).toBe('abcde');
  });

  test('ends in an ellipsis that counts towards the limit', () => {
    expect(cutText('abcdef', 5)).toBe('abcd…');
  });

  test('is measured in code points and never splits one', () => {
    expect(cutText('👍👍👍', 3)).toBe('👍👍👍');
    expect(cutText('👍👍👍', 2)).toBe('👍…');
  });

  test('drops a joiner that lost its second half', () => {
    expect(cutText('👩‍👩‍👧‍👦', 3)).toBe('👩…');
  });

  test('drops a space before the ellipsis', () => {
    expect(cutText('ab cdef', 4)).toBe('ab…');
  });

  test('never splits an escape sequence', () => {
    const escape = (character: string) => (character === '&' ? '&amp;' : character);
    expect(cutText('a&b', 5, escape)).toBe('a…');
    expect(cutText('a&b', 7, escape)).toBe('a&amp;b');
  });

  test('stays within its limit for any text and any escaping', { timeout: 60_000 }, () => {
    const escape = (character: string) => (character < 'a' ? `\\${character}` : character);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, max) => {
        expect(countCodePoints(cutText(text, max, escape))).toBeLessThanOrEqual(max);
      }),
    );
  });
});

describe('a masked license key', () => {
  test.for([
    ['A3K9-BFWX-7NP2-QHDT', '••••QHDT'],
    ['12345678', '••••5678'],
    ['1234567', '••••'],
    ['', '••••'],
  ] as const)('%j is shown as %s', ([key, shown]) => {
    expect(maskKey(key)).toBe(shown);
  });

  test('is masked in other texts too, the longer of two keys first', () => {
    expect(maskKeys('AAAA-BBBB-1 and AAAA-BBBB', ['AAAA-BBBB-1', 'AAAA-BBBB'])).toBe('••••BB-1 and ••••BBBB');
  });

  test('is not searched for if it is as short as a word', () => {
    expect(maskKeys('a banana', ['a'])).toBe('a banana');
  });

  test('may contain the special patterns of String.replace', () => {
    expect(maskKeys('is $&$&$&$&', ['$&$&$&$&'])).toBe('is ••••$&$&');
  });
});
