import { describe, expect, it } from 'vitest';
import { isSamePublication, maxDataBytes, maxDataDepth } from '../../../server/src/domain/event.ts';
import { anEvent } from '../../support/builders.ts';

const acceptedAt = Date.parse('2026-01-01T00:00:00.000Z');
const laterAt = acceptedAt + 5_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** An event without a timestamp of its publisher has the time of its acceptance. */
const unnamed = anEvent({ acceptedAt, timestamp: iso(acceptedAt) });
const named = anEvent({ acceptedAt, timestamp: '2025-12-24T18:00:00.000Z' });

describe('a second publish with the same idempotency key', () => {
  it('is the same if type and data are equal and neither has a timestamp', () => {
    expect(isSamePublication(unnamed, { ...unnamed, acceptedAt: laterAt, timestamp: iso(laterAt) })).toBe(
      true,
    );
  });

  it('is the same if both have the same timestamp, in any notation', () => {
    expect(isSamePublication(named, { ...named, acceptedAt: laterAt })).toBe(true);
    const elsewhere = { ...named, acceptedAt: laterAt, timestamp: '2025-12-24T19:00:00+01:00' };
    expect(isSamePublication(named, elsewhere)).toBe(true);
  });

  it.each([
    ['has another type', named, { ...named, type: 'user.ban' }],
    ['has other data', named, { ...named, dataText: '{}' }],
    ['has the same data in other bytes', named, { ...named, dataText: `${named.dataText} ` }],
    ['names another timestamp', named, { ...named, timestamp: '2025-12-24T18:00:00.001Z' }],
    ['names a timestamp and the first did not', unnamed, { ...unnamed, timestamp: named.timestamp }],
    ['names none and the first did', named, { ...named, acceptedAt: laterAt, timestamp: iso(laterAt) }],
  ] as const)('is another one when it %s', (_what, first, again) => {
    expect(isSamePublication(first, again)).toBe(false);
  });
});

it('an event has at most 200 KiB of data, 60 levels deep', () => {
  expect([maxDataBytes, maxDataDepth]).toEqual([204_800, 60]);
});
