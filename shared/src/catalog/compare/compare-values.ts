import type { Bound, Branch } from './branch.ts';
import { breakingGap, type Gap } from './gap.ts';

/** Compares the ranges of two numbers. */
export function compareNumbers(narrow: Branch, wide: Branch, path: string): readonly Gap[] {
  const gaps: Gap[] = [];
  if (wide.isInteger && !narrow.isInteger) gaps.push(breakingGap(path, 'type', 'numbers with a fraction'));
  if (isLooser(narrow.min, wide.min, 1)) {
    gaps.push(breakingGap(path, 'minimum', toRange(wide.min, 'below', 'or less')));
  }
  if (isLooser(narrow.max, wide.max, -1)) {
    gaps.push(breakingGap(path, 'maximum', toRange(wide.max, 'above', 'or more')));
  }
  const missing = wide.divisors.filter((divisor) => !isDivisible(narrow, divisor));
  for (const divisor of missing) {
    gaps.push(breakingGap(path, 'multipleOf', `numbers that are not a multiple of ${divisor}`));
  }
  return gaps;
}

/** Compares the lengths, patterns and formats of two strings. */
export function compareStrings(narrow: Branch, wide: Branch, path: string): readonly Gap[] {
  const patterns = wide.patterns.filter((pattern) => !narrow.patterns.includes(pattern));
  const formats = wide.formats.filter((format) => !narrow.formats.includes(format));
  return [
    ...compareSizes(narrow, wide, path),
    ...patterns.map((pattern) => breakingGap(path, 'pattern', `strings that do not match /${pattern}/`)),
    ...formats.map((format) => breakingGap(path, 'format', `strings that are no ${format}`)),
  ];
}

const sizeWords = {
  string: {
    min: 'minLength',
    max: 'maxLength',
    less: 'strings shorter than',
    more: 'strings longer than',
    unit: 'characters',
  },
  array: {
    min: 'minItems',
    max: 'maxItems',
    less: 'lists with fewer than',
    more: 'lists with more than',
    unit: 'items',
  },
  object: {
    min: 'minProperties',
    max: 'maxProperties',
    less: 'objects with fewer than',
    more: 'objects with more than',
    unit: 'fields',
  },
} as const;

/** Compares the lengths of two strings, lists or objects. */
export function compareSizes(narrow: Branch, wide: Branch, path: string): readonly Gap[] {
  if (narrow.type !== 'string' && narrow.type !== 'array' && narrow.type !== 'object') return [];
  const { min, max, less, more, unit } = sizeWords[narrow.type];
  const smallest = Math.max(narrow.minSize, narrow.required.size);
  return [
    ...(wide.minSize > smallest ? [breakingGap(path, min, `${less} ${wide.minSize} ${unit}`)] : []),
    ...(wide.maxSize < toLargest(narrow) ? [breakingGap(path, max, `${more} ${wide.maxSize} ${unit}`)] : []),
  ];
}

/** The most fields that a closed object can have, or the declared limit. */
function toLargest({ type, maxSize, shape }: Branch): number {
  const isClosed = shape.patterns.size === 0 && shape.additional.some(({ schema }) => schema === false);
  return type === 'object' && isClosed ? Math.min(maxSize, shape.properties.size) : maxSize;
}

/** Whether the first bound lets values pass that the second one excludes. `sign` is 1 for minimums. */
function isLooser(narrow: Bound | undefined, wide: Bound | undefined, sign: 1 | -1): boolean {
  if (wide === undefined) return false;
  if (narrow === undefined) return true;
  if (narrow.value === wide.value) return wide.isExclusive && !narrow.isExclusive;
  return narrow.value * sign < wide.value * sign;
}

function toRange(bound: Bound | undefined, outside: string, inclusive: string): string {
  if (bound === undefined) return 'other numbers';
  return bound.isExclusive ? `the number ${bound.value} ${inclusive}` : `numbers ${outside} ${bound.value}`;
}

function isDivisible({ divisors }: Branch, divisor: number): boolean {
  return divisors.some((own) => Number.isInteger(own / divisor));
}
