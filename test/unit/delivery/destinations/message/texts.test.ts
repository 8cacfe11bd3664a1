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
import {
  findKeys,
  isKeyField,
  maskKey,
  maskKeys,
} from '../../../../../server/src/delivery/destinations/message/mask-key.ts';
import { anyCodePoint } from '../../../../support/any-code-point.ts';

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
      fc.property(fc.string({ unit: anyCodePoint }), fc.integer({ min: 1, max: 40 }), (text, max) => {
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

describe('an invisible character', () => {
  /** Both ends of every range that is removed, written as numbers so that the test can be read. */
  const removed = [
    0x0000, 0x0008, 0x000e, 0x001f, 0x007f, 0x0080, 0x0084, 0x0086, 0x009f, 0x202a, 0x202b, 0x202c, 0x202d,
    0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f, 0xfdd0, 0xfdef, 0xfeff, 0xfffe, 0xffff, 0x1fffe,
    0x10ffff,
  ];
  const becomeSpaces = [0x0009, 0x000a, 0x000b, 0x000c, 0x000d, 0x0085, 0x2028, 0x2029];
  /** Neighbors of the ranges above, and what emoji and scripts need. */
  const kept = [0x0021, 0x007e, 0x00a1, 0x200c, 0x200d, 0x2030, 0x2070, 0xfe0f, 0xfefc, 0xff01, 0x1f600];
  const hex = (codePoint: number) => `U+${codePoint.toString(16).padStart(4, '0')}`;
  const within = (codePoint: number) => `a${String.fromCodePoint(codePoint)}b`;

  test.for(removed.map((codePoint) => [hex(codePoint), codePoint] as const))('%s is removed', ([, point]) => {
    expect(cleanText(within(point))).toBe('ab');
    expect(cleanText(within(point).repeat(2))).toBe('abab');
  });

  test.for(becomeSpaces.map((codePoint) => [hex(codePoint), codePoint] as const))(
    '%s becomes one space, however often it is repeated',
    ([, point]) => {
      expect(cleanText(within(point))).toBe('a b');
      expect(cleanText(`a${String.fromCodePoint(point).repeat(3)}b${String.fromCodePoint(point)}c`)).toBe(
        'a b c',
      );
    },
  );

  test.for(kept.map((codePoint) => [hex(codePoint), codePoint] as const))('%s stays', ([, point]) => {
    expect(cleanText(within(point))).toBe(within(point));
  });

  test('cannot hide a mention', () => {
    for (const point of removed) {
      expect(cleanText(`@${String.fromCodePoint(point)}everyone`)).toBe('@\u200beveryone');
    }
  });
});

describe('half of a surrogate pair', () => {
  test.for([
    ['\ud800', '\ufffd'],
    ['\udfff', '\ufffd'],
    ['\ud83d\ud83d', '\ufffd\ufffd'],
    ['\udc00\ud83d', '\ufffd\ufffd'],
    ['\ud83d\ude00', '\u{1f600}'],
  ] as const)('in %j is replaced: %j', ([text, cleaned]) => {
    expect(cleanText(text)).toBe(cleaned);
  });
});

describe('a mention of everybody', () => {
  test.for(['everyone', 'here', 'channel', 'EVERYONE', 'Here', 'cHannel', 'everyoneelse'])(
    'is broken wherever it stands: @%s',
    (word) => {
      expect(cleanText(`@${word} and @${word}`)).toBe(`@\u200b${word} and @\u200b${word}`);
    },
  );

  test.for(['@every', '@her', '@chan', 'everyone', '@ everyone'])('is not %s', (text) => {
    expect(cleanText(text)).toBe(text);
  });
});

describe('an angle bracket', () => {
  test.for(['!', '@', '#', '/', 'a', 'Z', 'é', 'д'])('is broken before %s, every time', (next) => {
    expect(breakAngleBrackets(`<${next}<${next}`)).toBe(`<\u200b${next}<\u200b${next}`);
  });

  test.for(['< ', '<3', '<-', '<<', '<>', '<', '<.'])('stays in %j', (text) => {
    expect(breakAngleBrackets(text)).toBe(text);
  });
});

describe('a text that is cut', () => {
  test.for([
    ['abcde', 5, 'abcde'],
    ['abcdef', 5, 'abcd…'],
    ['ab', 1, '…'],
    ['a', 1, 'a'],
    ['', 1, ''],
    ['abc  def', 6, 'abc…'],
    ['ab\u200b\u200dcdef', 5, 'ab…'],
    ['ab\ufe0fcdef', 4, 'ab…'],
    ['ab\u200d\u200d\u200dcdef', 6, 'ab…'],
  ] as const)('%j within %i is %j', ([text, max, cut]) => {
    expect(cutText(text, max)).toBe(cut);
  });

  test('gives every character its place in the text, counted by code points', () => {
    const places: [string, number][] = [];
    cutText('a😀b', 10, (character, index) => {
      places.push([character, index]);
      return character;
    });
    expect(places).toEqual([
      ['a', 0],
      ['😀', 1],
      ['b', 2],
    ]);
  });

  test('is as long as its limit allows, and is the start of the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '😀') }),
        fc.integer({ min: 1, max: 12 }),
        (text, max) => {
          const cut = cutText(text, max);
          const fits = countCodePoints(text) <= max;
          expect(countCodePoints(cut)).toBe(fits ? countCodePoints(text) : max);
          expect(text.startsWith(fits ? cut : cut.slice(0, -1))).toBe(true);
          expect(cut.endsWith('…')).toBe(!fits);
        },
      ),
    );
  });
});

describe('a license key', () => {
  test.for([
    ['1234567', '••••'],
    ['12345678', '••••5678'],
    ['123456789', '••••6789'],
    ['😀😀😀😀', '••••'], // eight UTF-16 units, four characters
    ['😀😀😀😀😀😀😀x', '••••😀😀😀x'],
  ] as const)('%s is shown as %s', ([key, shown]) => {
    expect(maskKey(key)).toBe(shown);
  });

  test('is found under both of its names and no other', () => {
    expect(['key', 'licenseKey', 'licensekey', 'keys', 'apiKey', ''].filter(isKeyField)).toEqual([
      'key',
      'licenseKey',
    ]);
  });

  test('of an event is listed with the longer first', () => {
    const toText = (value: unknown) => (typeof value === 'string' ? value : '');
    expect(findKeys({ key: 'AAAA', licenseKey: 'AAAA-BBBB' }, toText)).toEqual(['AAAA-BBBB', 'AAAA']);
    expect(findKeys({ key: 'AAAA-BBBB', licenseKey: 'AAAA' }, toText)).toEqual(['AAAA-BBBB', 'AAAA']);
    expect(findKeys({}, toText)).toEqual(['', '']);
  });

  test('is masked in a text every time, from eight characters on', () => {
    expect(maskKeys('12345678 and 12345678', ['12345678'])).toBe('••••5678 and ••••5678');
    expect(maskKeys('1234567', ['1234567'])).toBe('1234567');
  });
});
