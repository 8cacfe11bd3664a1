import { describe, expect, it } from 'vitest';
import { toOrderedData } from '../../../server/src/domain/event-type.ts';

describe('data in the order of its schema', () => {
  it.each([
    [['a', 'b'], '{"a":1,"b":2}', '{"a":1,"b":2}'],
    [['a', 'b'], '{"b":2,"a":1}', '{"a":1,"b":2}'],
    [['a', 'b'], '{"x":0,"a":1}', '{"a":1,"x":0}'],
    [['a', 'b'], '{"a":1,"x":0,"b":2,"y":3}', '{"a":1,"b":2,"x":0,"y":3}'],
    [['a', 'b', 'c'], '{"c":3,"x":0}', '{"c":3,"x":0}'],
    [['a', 'b'], '{"y":1,"x":2}', '{"y":1,"x":2}'],
    [[], '{"b":1,"a":2}', '{"b":1,"a":2}'],
    [['a'], '{}', '{}'],
  ])('of %j: %s becomes %s', (fields, data, expected) => {
    expect(JSON.stringify(toOrderedData(fields, JSON.parse(data) as Record<string, unknown>))).toBe(expected);
  });

  it('is the same object if it is in order already', () => {
    const data = { a: 1, c: 2, x: 3 };
    expect(toOrderedData(['a', 'b', 'c'], data)).toBe(data);
  });
});
