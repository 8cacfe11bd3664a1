import { describe, expect, it } from 'vitest';
import { maxReplyBytesKept } from '../../../../server/src/domain/delivery.ts';
import { createReplyRedactor, redactResult } from '../../../../server/src/delivery/request/redact-reply.ts';

const secret = 'whsec_0123456789abcdef0123456789abcdef';
/** A new redactor each time, which has seen no reply before. */
const redact = (reply: string) => createReplyRedactor([secret])(reply);

describe('the redaction of a reply', () => {
  it('removes a secret wherever it occurs, with and without its prefix', () => {
    expect(redact(`a ${secret} b ${secret.slice(6)} c`)).toBe('a [removed] b [removed] c');
    expect(redact(secret)).toBe('[removed]');
  });

  it('removes the start of a secret at the end of a cut reply', () => {
    for (const whole of [secret, secret.slice(6)]) {
      for (let length = 4; length < whole.length; length++) {
        const before = '.'.repeat(maxReplyBytesKept - length);
        expect(redact(before + whole.slice(0, length))).toBe(`${before}[removed]`);
      }
    }
    expect(redact('it ends with whsec_0123')).toBe('it ends with whsec_0123');
  });

  it('removes a secret that is encoded for JSON or a URL', () => {
    const quoted = createReplyRedactor(['pass "word" \\ of/mine']);
    expect(quoted(JSON.stringify({ a: 'pass "word" \\ of/mine' }))).toBe('{"a":"[removed]"}');
    expect(quoted(`?a=${encodeURIComponent('pass "word" \\ of/mine')}&b`)).toBe('?a=[removed]&b');
    // So few letters and digits that only the whole secret is found.
    const signs = createReplyRedactor(['a"1\\2!b?c']);
    expect(signs(JSON.stringify({ a: 'a"1\\2!b?c' }))).toBe('{"a":"[removed]"}');
    expect(signs(`?a=${encodeURIComponent('a"1\\2!b?c')}&b`)).toBe('?a=[removed]&b');
  });

  it('removes a secret of eight characters, of which few are letters or digits', () => {
    const short = createReplyRedactor(['a.b!c?d/']);
    expect(short('a.b!c?d/')).toBe('[removed]');
    expect(short('not a.b!c?d/ here')).toBe('not [removed] here');
  });

  it('removes words of a secret from twelve letters on', () => {
    const words = createReplyRedactor(['correcthorsebatterystaple']);
    expect(words('it is correcthorse.')).toBe('it is [removed].');
    expect(words('it is correcthors.')).toBe('it is correcthors.');
  });

  it('keeps everything else, and texts too short to be a secret', () => {
    const text = 'ok: whsec 0123 abc live';
    expect(redact(text)).toBe(text);
    expect(createReplyRedactor(['live', ''])(text)).toBe(text);
    expect(createReplyRedactor([])(text)).toBe(text);
  });

  it('keeps what stands before and after parts of a secret, also at the end', () => {
    const part = '0123-4567-89AB';
    expect(redact(`<${part}> and (${part})!`)).toBe('<[removed]> and ([removed])!');
    expect(redact(`tail ${part}`)).toBe('tail [removed]');
    expect(redact(`${part} head`)).toBe('[removed] head');
  });

  it('removes the last eight characters of a secret, also backwards or encoded', () => {
    const token = 'whsec_a1b2c3d4e5f60718';
    const redactToken = (reply: string) => createReplyRedactor([token])(reply);
    expect(redactToken('ends with e5f60718.')).toBe('ends with [removed].');
    expect(redactToken('starts with 4d3c2b1a.')).toBe('starts with [removed].');
    expect(redactToken(Buffer.from('e5f60718').toString('base64'))).toBe('[removed]');
    expect(redactToken('ends with 5f60718.')).toBe('ends with 5f60718.');
  });

  it('removes a prefix of ours only from the start of a secret', () => {
    expect(createReplyRedactor(['token-whsec_-a1b2c3d4'])('got token-whsec_-a1b2c3d4')).toBe('got [removed]');
    expect(createReplyRedactor(['token-whsec_-a1b2c3d4'])('got hsec_-a1b2.')).toBe('got [removed].');
    expect(createReplyRedactor(['my-wh1sk_7-token'])('a my-wh1sk_7-token b')).toBe('a [removed] b');
  });

  it('removes the longer of two secrets if one is a prefix of the other', () => {
    expect(createReplyRedactor(['abcdefgh', 'abcdefghijkl'])('abcdefghijkl abcdefgh')).toBe(
      '[removed] [removed]',
    );
  });

  it('covers the names and values of headers, also of the same ones again', () => {
    const answered = { kind: 'answered', statusCode: 500, reply: 'no', headers: {} } as const;
    const fields = { ...answered, retryAfter: undefined, durationMs: 1 };
    const allHeaders = [
      ['x-request', '0123456789'],
      [`x-${secret}`, 'a value'],
      ['location', `/in/${secret}`],
    ] as const;
    for (let time = 0; time < 2; time++) {
      expect(redactResult({ ...fields, allHeaders }, redact)).toMatchObject({
        allHeaders: [
          ['x-request', '[removed]'],
          ['x-[removed]', 'a value'],
          ['location', '/in/[removed]'],
        ],
      });
    }
  });

  it('is the same for a reply that comes again, short or long', () => {
    const once = createReplyRedactor([secret]);
    for (const text of [
      'fine',
      'a fine reply',
      'a long reply '.repeat(40),
      'x'.repeat(128),
      'x'.repeat(129),
      'y'.repeat(20_000),
    ]) {
      for (let time = 0; time < 3; time++) {
        expect(once(text)).toBe(text);
        expect(once(`${text} ${secret}`)).toBe(`${text} [removed]`);
      }
    }
  });

  it('changes neither a failure nor an answer without a secret', () => {
    const failure = { kind: 'unanswered', reason: 'timeout', detail: secret, durationMs: 1 } as const;
    expect(redactResult(failure, redact)).toBe(failure);
    const headers = {};
    const answer = { kind: 'answered', statusCode: 500, headers, retryAfter: '9', durationMs: 1 } as const;
    const fine = { ...answer, reply: 'fine' };
    expect(redactResult(fine, redact)).toBe(fine);
    const empty = { ...answer, reply: '' };
    expect(redactResult(empty, redact)).toBe(empty);
    expect(redactResult({ ...answer, reply: secret }, redact)).toEqual({ ...answer, reply: '[removed]' });
  });
});
