import { describe, expect, it } from 'vitest';
import { ResponseReader } from '../../../../server/src/delivery/http/response-reader.ts';
import { maxHeaderBytesKept, maxHeadersKept } from '../../../../server/src/domain/delivery.ts';

describe('the recorded headers', () => {
  const recorded = (fields: string, status = 500) => {
    const reader = new ResponseReader();
    reader.read(Buffer.from(`HTTP/1.1 ${status} x\r\n${fields}\r\n`, 'latin1'));
    return reader.allHeaders;
  };
  /** The bytes of names and values. */
  const sizeOf = (lines: ReturnType<typeof recorded>) =>
    lines?.reduce((sum, [name, value]) => sum + name.length + value.length, 0);

  it.each([200, 299])('of a response with %i are none', (status) => {
    expect(recorded('x-a: 1\r\n', status)).toBeUndefined();
  });

  it('are all of them in their order, with names in lower case', () => {
    expect(recorded('Server:  edge \r\nX-A:1\r\nx-a:\r\nX-Odd : 2\r\n', 300)).toEqual([
      ['server', 'edge'],
      ['x-a', '1'],
      ['x-a', ''],
      ['x-odd', '2'],
    ]);
  });

  it('leave out folded lines, and lines without a name', () => {
    expect(recorded('x-a: 1\r\n folded\r\n: none\r\nno colon\r\nx-b: 2\r\n')).toEqual([
      ['x-a', '1'],
      ['x-b', '2'],
    ]);
  });

  it('are a limited number', () => {
    const lines = Array.from({ length: 150 }, (_, n) => `h${n}: ${n}\r\n`);
    const kept = recorded(lines.join(''));
    expect(kept).toHaveLength(maxHeadersKept);
    expect(kept?.at(-1)).toEqual([`h${maxHeadersKept - 1}`, String(maxHeadersKept - 1)]);
  });

  it('are cut where they get too long, and later ones fit only into what is left', () => {
    const kept = recorded(`x-long: ${'v'.repeat(2 * maxHeaderBytesKept)}\r\nx-late: 1\r\n`);
    expect(kept?.map(([name]) => name)).toEqual(['x-long']);
    expect(sizeOf(kept)).toBe(maxHeaderBytesKept);
    const some = recorded(`x-long: ${'v'.repeat(maxHeaderBytesKept - 20)}\r\nx-name: 0123456789abcdef\r\n`);
    expect(some?.[1]?.[0]).toBe('x-name');
    expect(sizeOf(some)).toBe(maxHeaderBytesKept);
  });
});
