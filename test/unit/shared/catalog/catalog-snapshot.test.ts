import { describe, expect, it } from 'vitest';
import { snapshotFromText, toSnapshotText } from '../../../../shared/src/catalog/catalog-snapshot.ts';

const paid = {
  type: 'invoice.paid',
  version: 1,
  description: 'An invoice is paid.',
  schema: { type: 'object', properties: { b: {}, a: {} } },
  example: { b: 1, a: 2 },
};

describe('a catalog snapshot', () => {
  it('has the same text for the same event types', () => {
    const moved = { ...paid, type: 'coupon.moved' };
    const text = toSnapshotText({ version: 1, eventTypes: [paid, moved] });
    const other = {
      ...paid,
      schema: { properties: { a: {}, b: {} }, type: 'object' },
      example: { a: 2, b: 1 },
    };
    expect(toSnapshotText({ version: 1, eventTypes: [moved, other] })).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
    expect(toSnapshotText(snapshotFromText(text))).toBe(text);
  });

  it.each([
    ['{"version":1', 'it is not valid JSON: '],
    ['[]', 'the file: Invalid input'],
    ['{"version":2,"eventTypes":[]}', 'version: Invalid input: expected 1'],
    [JSON.stringify({ version: 1, eventTypes: [{ ...paid, version: 0 }] }), 'eventTypes.0.version: '],
    [
      JSON.stringify({ version: 1, eventTypes: [paid, paid] }),
      'eventTypes.1.type: "invoice.paid" is listed twice',
    ],
  ])('rejects %s', (text, message) => {
    expect(() => snapshotFromText(text)).toThrow(message);
  });
});
