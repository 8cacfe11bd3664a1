import * as fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 };

/**
 * The `unit` of strings of any code points: the same strings as of fast-check's 'binary', which takes a second to make a
 * table of all code points.
 */
export const anyCodePoint = fc
  .nat({ max: 0x10_ffff - surrogates.count })
  .map((index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count), toIndex);

/** @throws {Error} `text` is not one code point. fast-check leaves it out then. */
function toIndex(text: unknown): number {
  const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
  if (point === undefined || text !== String.fromCodePoint(point)) throw new Error('not one code point');
  if (point < surrogates.first) return point;
  if (point < surrogates.first + surrogates.count) throw new Error('half of a pair');
  return point - surrogates.count;
}
