import type { Delivery } from '../../../../server/src/domain/delivery.ts';
import { toDeliveryId } from '../../../../server/src/domain/ids.ts';
import { anEvent } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const now = new FakeClock().now();

/** The id of a webhook by its number. */
export const hook = (n: number) => `wh_${n.toString(16).padStart(12, '0')}`;

/** A delivered one of `anEvent`. */
export function aDelivery(webhookId: string, change: Partial<Delivery> = {}): Delivery {
  return {
    id: toDeliveryId(anEvent().id, 0),
    eventId: 'evt_1',
    webhookId,
    appId: 'app_test',
    accountId: 'acc_a',
    type: 'user.login',
    status: 'delivered',
    reason: null,
    attempts: [],
    attemptCount: 1,
    dueAt: null,
    createdAt: now,
    finishedAt: now,
    ...change,
  };
}
