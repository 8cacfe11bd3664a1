import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deliveryId, eventId, webhookId } from '@tocsin/shared';
import {
  toDeliveryId,
  eventIdOfDelivery,
  lowestIdAt,
  toTargetIndex,
  timeOfId,
} from '../../../server/src/domain/ids.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';

const ids = createIds();
const time = fc.integer({ min: 0, max: 2 ** 45 });

it('creates ids that match the schemas', () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 1023 }), (at, index) => {
      const id = ids.event(at);
      expect(eventId.safeParse(id).success).toBe(true);
      expect(deliveryId.safeParse(toDeliveryId(id, index)).success).toBe(true);
    }),
  );
  expect(webhookId.safeParse(ids.webhook()).success).toBe(true);
});

it('derives the event, target and time from the id of a delivery', () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 1023 }), (at, index) => {
      const event = ids.event(at);
      const delivery = toDeliveryId(event, index);
      expect(eventIdOfDelivery(delivery)).toBe(event);
      expect(toTargetIndex(delivery)).toBe(index);
      expect(timeOfId(delivery)).toBe(at);
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
