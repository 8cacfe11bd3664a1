import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { HmacKey } from '../../../../../server/src/delivery/request/signing/hmac-key.ts';

it.each([
  ['1', '0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    '2',
    '4a656665',
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    '6',
    'aa'.repeat(131),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
])('agrees with case %s of RFC 4231', (_, key, text, digest) => {
  expect(new HmacKey(Buffer.from(key, 'hex')).sign(text, 'hex')).toBe(digest);
});

it.each([0, 1, 31, 32, 63, 64, 65, 200])(
  'agrees with node:crypto for a key of %i bytes and any text',
  (size) => {
    const bytes = randomBytes(size);
    const key = new HmacKey(bytes);
    // Empty, ASCII, several bytes a character, a lone surrogate, around a block, and longer than the buffer pool.
    for (const text of ['', 'a', 'é€😀', '\ud800', 'x'.repeat(64), 'ß'.repeat(5_000), '']) {
      for (const encoding of ['hex', 'base64'] as const) {
        expect(key.sign(text, encoding)).toBe(createHmac('sha256', bytes).update(text).digest(encoding));
      }
    }
  },
);

it('does not show the key', () => {
  const key = new HmacKey(Buffer.from('secret'));
  expect(JSON.stringify(key)).toBe('{}');
  expect(Object.keys(key)).toEqual([]);
});
