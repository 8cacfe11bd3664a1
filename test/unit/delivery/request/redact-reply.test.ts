import { describe, expect, it } from 'vitest';
import { maxReplyBytesKept } from '../../../../server/src/domain/delivery.ts';
import { createReplyRedactor } from '../../../../server/src/delivery/request/redact-reply.ts';

const secret = 'whsec_0123456789abcdef0123456789abcdef';
const mask = createReplyRedactor([secret]);

describe('the mask of a reply', () => {
  it('removes a secret wherever it stands, with and without its prefix', () => {
    expect(mask(`a ${secret} b ${secret.slice(6)} c`)).toBe('a [removed] b [removed] c');
    expect(mask(secret)).toBe('[removed]');
  });

  it('removes what the cut of a reply has left of one at its end', () => {
    for (const whole of [secret, secret.slice(6)]) {
      for (let length = 4; length < whole.length; length++) {
        const before = '.'.repeat(maxReplyBytesKept - length);
        expect(mask(before + whole.slice(0, length))).toBe(`${before}[removed]`);
      }
    }
    expect(mask('it ends with whsec_0123')).toBe('it ends with whsec_0123');
  });

  it('removes it as it stands in JSON and in a URL', () => {
    const quoted = createReplyRedactor(['pass "word" \\ of/mine']);
    expect(quoted(JSON.stringify({ a: 'pass "word" \\ of/mine' }))).toBe('{"a":"[removed]"}');
    expect(quoted(`?a=${encodeURIComponent('pass "word" \\ of/mine')}&b`)).toBe('?a=[removed]&b');
  });

  it('leaves everything else, and what is too short to be a secret, as it was', () => {
    const text = 'ok: whsec 0123 abc live';
    expect(mask(text)).toBe(text);
    expect(createReplyRedactor(['live', ''])(text)).toBe(text);
    expect(createReplyRedactor([])(text)).toBe(text);
  });

  it('removes the longer of two of which one begins the other', () => {
    expect(createReplyRedactor(['abcdefgh', 'abcdefghijkl'])('abcdefghijkl abcdefgh')).toBe(
      '[removed] [removed]',
    );
  });
});
