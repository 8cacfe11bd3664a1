import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxBodyBytesRead, Reply } from '../../../../server/src/delivery/http/reply.ts';

/** A reply after these chunks, and what `add` said to each of them. */
function afterChunks(...chunks: (string | Buffer)[]) {
  const reply = new Reply();
  const answers = chunks.map((chunk) => reply.add(Buffer.from(chunk)));
  return { text: reply.toText(), answers };
}

describe('a reply', () => {
  it('of nothing is empty', () => {
    expect(new Reply().toText()).toBe('');
    expect(afterChunks('').text).toBe('');
  });

  it('is put together from its chunks, also where they cut a character', () => {
    expect(afterChunks('a', 'b', 'c').text).toBe('abc');
    const bytes = Buffer.from('aé😀z');
    expect(afterChunks(...[...bytes].map((byte) => Buffer.of(byte))).text).toBe('aé😀z');
  });

  it.each([
    ['in one chunk', [2047]],
    ['in one chunk', [2048]],
    ['in one chunk that is too long', [2049]],
    ['in two chunks', [2047, 1]],
    ['in two chunks of which the second is too long', [2047, 2]],
    ['in chunks of which the last is not kept', [2048, 1]],
    ['in many chunks', [1000, 1000, 1000, 1000]],
  ])('is kept up to 2,048 bytes %s: %j', (_how, lengths) => {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const { text } = afterChunks(...lengths.map((length) => 'x'.repeat(length)));
    expect(text).toBe('x'.repeat(Math.min(total, 2048)));
  });

  it.each([
    ['é', 2],
    ['€', 3],
    ['😀', 4],
  ])('that is cut within %s leaves the whole character out', (character, size) => {
    for (let inside = 1; inside <= size; inside++) {
      const start = 'x'.repeat(2048 - inside);
      const kept = inside === size ? `${start}${character}` : start;
      expect(afterChunks(`${start}${character}y`).text).toBe(kept);
    }
  });

  it('that ends within a character shows U+FFFD for it, since nothing was cut', () => {
    expect(afterChunks(Buffer.of(0x61, 0xc3)).text).toBe('a\ufffd');
    expect(afterChunks(Buffer.concat([Buffer.alloc(2047, 'x'), Buffer.of(0xc3)])).text).toBe(
      `${'x'.repeat(2047)}\ufffd`,
    );
  });

  it('shows U+FFFD for what is not UTF-8, also when it is cut', () => {
    expect(afterChunks(Buffer.of(0xff, 0x61)).text).toBe('\ufffda');
    expect(afterChunks(Buffer.concat([Buffer.of(0xff), Buffer.alloc(3000, 'x')])).text).toBe(
      `\ufffd${'x'.repeat(2047)}`,
    );
  });

  it('has been read enough one byte after 16 KiB', () => {
    expect(maxBodyBytesRead).toBe(16_384);
    expect(afterChunks(Buffer.alloc(16_384), 'x').answers).toEqual([true, false]);
    expect(afterChunks(Buffer.alloc(16_383), 'x', 'x').answers).toEqual([true, true, false]);
    expect(afterChunks(Buffer.alloc(16_385)).answers).toEqual([false]);
  });

  it('is the start of the body however that is cut into chunks', () => {
    const bodies = fc.string({ unit: fc.constantFrom('a', 'é', '😀'), minLength: 500, maxLength: 1500 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (body, cuts) => {
        const bytes = Buffer.from(body);
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1);
          chunks.push(bytes.subarray(at, end));
          at = end;
        }
        const { text } = afterChunks(...chunks);
        expect(body.startsWith(text)).toBe(true);
        const size = Buffer.byteLength(text);
        expect(size).toBeLessThanOrEqual(2048);
        expect(size).toBeGreaterThan(Math.min(bytes.length, 2048) - 4);
        if (bytes.length <= 2048) expect(text).toBe(body);
      }),
      { numRuns: 50 },
    );
  });
});
