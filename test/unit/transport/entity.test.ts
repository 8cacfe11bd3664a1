import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compress, matchesTag, toWeakTag } from '../../../server/src/transport/http/entity.ts';

const body = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: 'webhook' }))));

describe('compress', () => {
  it('prefers brotli, and obeys the client', async () => {
    const br = await compress(body, 'gzip, deflate, br');
    expect(br?.encoding).toBe('br');
    expect(brotliDecompressSync(br?.body ?? '')).toEqual(body);
    const gzip = await compress(body, 'GZIP;q=0.5, br;q=0');
    expect(gzip?.encoding).toBe('gzip');
    expect(gunzipSync(gzip?.body ?? '')).toEqual(body);
    expect(gzip?.body.length).toBeLessThan(body.length / 5);
  });

  it.each([undefined, '', 'identity', 'br;q=0.000, gzip;q=0', 'zstd'])(
    'leaves the body with %j',
    async (header) => {
      expect(await compress(body, header)).toBeUndefined();
    },
  );

  it('leaves small bodies', async () => {
    expect(await compress(body.subarray(0, 1_023), 'br')).toBeUndefined();
  });
});

describe('an entity tag', () => {
  const tag = toWeakTag(body);

  it('is weak, and tells apart bodies', () => {
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
    expect(toWeakTag(body.subarray(1))).not.toBe(tag);
  });

  it.each([
    [tag, true],
    [tag.slice(2), true],
    [`"other", ${tag}`, true],
    ['*', true],
    ['"other"', false],
    [undefined, false],
  ])('matches If-None-Match %j: %j', (header, expected) => {
    expect(matchesTag(header, tag)).toBe(expected);
  });
});
