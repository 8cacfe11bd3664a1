import { expect, it } from 'vitest';
import { cutText } from '../../../server/src/delivery/destinations/message/cut-text.ts';
import { createReplyRedactor } from '../../../server/src/delivery/request/redact-reply.ts';
import { createScrubber } from '../../../server/src/telemetry/scrub.ts';

/*
 * Texts that an attacker can choose and that make a pattern start again at each position. With work that
 * grows with the square of the length, one of these takes hours, so the time limit of a test decides nothing
 * else.
 */

const length = 2 ** 21;
const repeat = (text: string) => text.repeat(Math.ceil(length / text.length)).slice(0, length);

const texts: readonly (readonly [string, string])[] = [
  ['letters', repeat('a')],
  ['schemes', repeat('a:')],
  ['schemes with slashes', repeat('a://')],
  ['schemes without slashes before an @', `${repeat('a.')}@`],
  ['webhook paths that end in a source file', `${repeat('/webhooks/a')}/x.ts`],
  ['webhook paths of our own', repeat('/webhooks/wh_1')],
  ['webhook markers', repeat('/webhooks/')],
  ['service paths that end in a source file', `${repeat('/services/a')}/x.mjs`],
  ['service markers', repeat('/services')],
  ['almost source files', repeat('/webhooks/a/.t')],
  ['bearer words', repeat('Bearer ')],
  ['a bearer before spaces', `Bearer${repeat(' ')}`],
  ['query names', repeat('?sig=')],
  ['API keys', repeat('tsk_')],
  ['secrets', repeat('whsec_')],
];

it.each(texts)('the scrubber takes a linear time for %s', (_, text) => {
  expect(createScrubber([])(text).length).toBeGreaterThan(0);
});

it('the cut of a chat message takes a linear time for spaces in the middle', () => {
  const text = `a${repeat(' ')}b${repeat(' ')}c`;
  expect(cutText(text, text.length - 1)).toBe(`a${repeat(' ')}b…`);
});

it('the redaction of a reply takes a linear time', () => {
  const redact = createReplyRedactor(['whsec_0123456789abcdef0a1b2c3d4e5f6789', 'a'.repeat(1024)]);
  for (const text of [repeat('a'), repeat('0123456789abcde'), repeat('%25'), repeat('QUFB')]) {
    expect(redact(text.slice(0, 2 ** 17)).length).toBeGreaterThan(0);
  }
});
