import type { Document } from 'mongodb';
import type { DeliveryReason } from '@tocsin/shared';

/** Attempts that succeeded. Checks their form, because it is also used for corrupt documents. */
const successes = {
  $filter: {
    input: { $cond: [{ $isArray: '$attempts' }, '$attempts', []] },
    cond: {
      $and: [
        { $eq: [{ $type: '$$this.at' }, 'date'] },
        { $isNumber: '$$this.ms' },
        { $eq: [{ $type: '$$this.reason' }, 'missing'] },
      ],
    },
  },
};
const wasDelivered = { $gt: [{ $size: successes }, 0] };
const deliveredAt = {
  $let: { vars: { success: { $last: successes } }, in: { $add: ['$$success.at', '$$success.ms'] } },
};

/**
 * The change of a pending delivery that ends without another attempt. One that was delivered before a retry or
 * a replay put it back into the queue is delivered again.
 */
export function toEnded(status: 'cancelled' | 'failed', reason: DeliveryReason, at: Date): Document[] {
  return [
    {
      $set: {
        status: { $cond: [wasDelivered, 'delivered', { $literal: status }] },
        reason: { $cond: [wasDelivered, '$$REMOVE', { $literal: reason }] },
        finishedAt: { $cond: [wasDelivered, deliveredAt, at] },
        rev: { $add: [{ $ifNull: ['$rev', 0] }, 1] },
      },
    },
    { $unset: ['partition', 'nextAt'] },
  ];
}
