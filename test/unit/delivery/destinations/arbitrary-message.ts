import { anyEventTypes, getEventDefinition } from '@tocsin/shared';
import * as fc from 'fast-check';
import type { Message } from '../../../../server/src/delivery/destinations/message/message.ts';
import { anyCodePoint } from '../../../support/any-code-point.ts';

/** Texts that one of the destinations interprets. */
const markup = fc.constantFrom(
  '@everyone',
  '@here',
  '<!channel>',
  '<!here|here>',
  '<@U024BE7LH>',
  '<@123456789012345678>',
  '<@&1234567890>',
  '<#C024BE7LR>',
  '<at>Somebody</at>',
  '<t:1618953630:R>',
  '<script>alert(1)</script>',
  '`',
  '``',
  '```',
  '*',
  '**',
  '_',
  '__',
  '~~',
  '||',
  '> ',
  '# ',
  '- ',
  '1. ',
  '\\',
  '&',
  '&amp;',
  '&lt;!channel&gt;',
  '[click](https://evil.example)',
  '<https://evil.example|harmless>',
  'https://evil.example',
  '{{DATE(2017-02-14T06:00:00Z, SHORT)}}',
  '@\u200beveryone',
  '@\u0000everyone',
  '@\u202eeveryone',
);

const awkward = fc.constantFrom(
  '',
  ' ',
  '\u200b',
  '\u200d',
  '\u0000',
  '\n\n',
  '\ud83d', // half of a pair
  '\udc00',
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈',
  '🇩🇪',
  'مرحبا بالعالم',
  'שלום',
  '\u202eevil\u202c',
  'e\u0301\u0301\u0301',
  '\uffff',
  '\u2028',
);

const piece = fc.oneof(
  { weight: 3, arbitrary: markup },
  { weight: 2, arbitrary: awkward },
  { weight: 2, arbitrary: fc.string({ unit: anyCodePoint, maxLength: 20 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    }),
  },
);

const shortText = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** Up to some 12,000 characters, far above every limit. */
const hugeText = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.integer({ min: 50, max: 3000 }))
  .map(([pieces, times]) => {
    const text = pieces.join('') || 'x';
    return text.repeat(Math.max(1, Math.min(times, Math.ceil(12_000 / text.length))));
  });

const value = fc.oneof(
  { weight: 6, arbitrary: shortText },
  { weight: 2, arbitrary: hugeText },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.constantFrom(null, 0, -1, 1e21, true, '2027-04-10T00:00:00.000Z') },
);

const timestamp = fc
  .date({
    min: new Date('1970-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString());

/** Any cataloged event with arbitrary values, missing fields or additional fields. */
export const arbitraryMessage: fc.Arbitrary<Message> = fc.constantFrom(...anyEventTypes).chain((type) => {
  const names = Object.keys(getEventDefinition(type).schema.shape);
  return fc.record({
    id: fc.constant('evt_01hzy3v9k2m4n6p8q0r2s4t600'),
    type: fc.constant(type),
    timestamp,
    appId: fc.oneof(fc.constant('app_xyz789'), shortText),
    dataText: fc
      .tuple(
        fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }),
        fc.dictionary(fc.string({ maxLength: 8 }), shortText, { maxKeys: 2 }),
      )
      .map(([known, extra]) => JSON.stringify({ ...extra, ...known })),
  });
});
