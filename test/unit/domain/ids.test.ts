import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryId, eventId, webhookId } from '@tocsin/shared';
import {
  deliveryRangeFromEventId,
  maxTargets,
  toDeliveryId,
  encodeRandom,
  encodeTime,
  eventIdFromStem,
  eventIdFromDeliveryId,
  lowestIdAt,
  targetIndexFromDeliveryId,
  timeFromId,
} from '../../../server/src/domain/ids.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';

const ids = createIds();
const time = fc.integer({ min: 0, max: 2 ** 45 });
/** Half of them below the number from which the target takes four characters. */
const target = fc.oneof(fc.integer({ min: 0, max: 1_100 }), fc.integer({ min: 0, max: maxTargets - 1 }));

it('creates ids that match the schemas', () => {
  fc.assert(
    fc.property(time, target, (at, index) => {
      const id = ids.event(at);
      expect(eventId.safeParse(id).success).toBe(true);
      expect(deliveryId.safeParse(toDeliveryId(id, index)).success).toBe(true);
    }),
  );
  expect(webhookId.safeParse(ids.webhook()).success).toBe(true);
});

it('derives the event, target and time from the id of a delivery', () => {
  fc.assert(
    fc.property(time, target, (at, index) => {
      const event = ids.event(at);
      const delivery = toDeliveryId(event, index);
      expect(eventIdFromDeliveryId(delivery)).toBe(event);
      expect(targetIndexFromDeliveryId(delivery)).toBe(index);
      expect(timeFromId(delivery)).toBe(at);
    }),
  );
});

it('sorts ids by time', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      if (a === b) return;
      expect(ids.event(a) < ids.event(b)).toBe(a < b);
      expect(lowestIdAt('evt_', b) <= ids.event(b)).toBe(true);
    }),
  );
});

it('never creates the same id twice', () => {
  expect(new Set(Array.from({ length: 20_000 }, () => ids.event(1))).size).toBe(20_000);
});

describe('an id', () => {
  it.each([
    [0, '0000000000'],
    [31, '000000000z'],
    [32, '0000000010'],
    [1_767_225_600_000, '01kdvdna00'],
    [2 ** 50 - 1, 'zzzzzzzzzz'],
  ])('begins with its time in Crockford’s base 32: %i is %s', (at, text) => {
    expect(encodeTime(at)).toBe(text);
    expect(timeFromId(`evt_${text}${'0'.repeat(16)}`)).toBe(at);
    expect(timeFromId(`dlv_${text}${'z'.repeat(16)}`)).toBe(at);
  });

  it('uses five bits of every random byte', () => {
    expect(encodeRandom(Uint8Array.of(0, 1, 10, 17, 18, 20, 22, 31, 32, 255))).toBe('01ahjmpz0z');
  });

  it.each([
    [0, '00'],
    [1, '01'],
    [31, '0z'],
    [32, '10'],
    [1023, 'zz'],
    [1024, '0100'],
    [1025, '0101'],
    [32_767, '0zzz'],
    [32_768, '1000'],
    [maxTargets - 1, 'zzzz'],
  ])('of the delivery to target %i ends in %s', (index, suffix) => {
    const stem = '01hzy3v9k2m4n6p8q0r2s4t6';
    const delivery = toDeliveryId(eventIdFromStem(stem), index);
    expect(delivery).toBe(`dlv_${stem}${suffix}`);
    expect(targetIndexFromDeliveryId(delivery)).toBe(index);
    expect(eventIdFromDeliveryId(delivery)).toBe(`evt_${stem}00`);
  });

  it('lies between the lowest id of its own millisecond and that of the next', () => {
    fc.assert(
      fc.property(time, (at) => {
        const id = ids.event(at);
        expect(lowestIdAt('evt_', at) <= id).toBe(true);
        expect(lowestIdAt('evt_', at + 1) > id).toBe(true);
        expect(toDeliveryId(id, 1023) < lowestIdAt('dlv_', at + 1)).toBe(true);
        expect(toDeliveryId(id, maxTargets - 1) < lowestIdAt('dlv_', at + 1)).toBe(true);
      }),
    );
  });

  it('that is the lowest of its time has the usual length, and no time before 1970', () => {
    expect(lowestIdAt('dlv_', 1)).toBe(`dlv_0000000001${'0'.repeat(16)}`);
    expect(lowestIdAt('evt_', -5)).toBe(`evt_${'0'.repeat(26)}`);
    expect(lowestIdAt('evt_', 0)).toHaveLength(ids.event(0).length);
  });
});

describe('the targets of an event', () => {
  const event = ids.event(1);

  it('have different ids, which two or four characters tell apart', () => {
    const all = Array.from({ length: 40_000 }, (_, index) => toDeliveryId(event, index));
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(all.slice(0, 1024).map((id) => id.length))).toEqual(new Set([30]));
    expect(new Set(all.slice(1024).map((id) => id.length))).toEqual(new Set([32]));
  });

  it('lie in the range of their event and of no other', () => {
    fc.assert(
      fc.property(time, target, (at, index) => {
        const [own, other] = [ids.event(at), ids.event(at)];
        const id = toDeliveryId(own, index);
        const isIn = ({ first, last }: { first: string; last: string }) => first <= id && id <= last;
        expect(isIn(deliveryRangeFromEventId(own))).toBe(true);
        expect(isIn(deliveryRangeFromEventId(other))).toBe(false);
      }),
    );
  });

  it('are rejected beyond the range of numbers', () => {
    for (const index of [maxTargets, -1, NaN, Infinity]) {
      expect(() => toDeliveryId(event, index)).toThrow(`target ${index} is out of range`);
    }
  });

  it('have one id each: what is no number of a target is rejected', () => {
    const stem = event.slice(4, 28);
    for (const wrong of ['', '0', '000', '0000', '00zz', '0i', 'il', '01000', '-1']) {
      expect(targetIndexFromDeliveryId(`dlv_${stem}${wrong}`)).toBe(-1);
      expect(deliveryId.safeParse(`dlv_${stem}${wrong}`).success).toBe(false);
    }
  });
});
