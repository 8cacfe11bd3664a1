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

it('makes ids that its own schemas accept', () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 1023 }), (at, index) => {
      const id = ids.event(at);
      expect(eventId.safeParse(id).success).toBe(true);
      expect(deliveryId.safeParse(toDeliveryId(id, index)).success).toBe(true);
    }),
  );
  expect(webhookId.safeParse(ids.webhook()).success).toBe(true);
});

it('leads from a delivery back to its event, target and time', () => {
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

it('makes no id twice', () => {
  expect(new Set(Array.from({ length: 20_000 }, () => ids.event(1))).size).toBe(20_000);
});
