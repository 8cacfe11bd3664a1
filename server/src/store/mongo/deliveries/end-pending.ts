import type { Document, UpdateFilter } from 'mongodb';
import type { DeliveryReason } from '@tocsin/shared';
import type { DeliveryDoc } from '../documents/delivery.ts';

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

/** A user also ends what a replay put back into the queue by mistake, and sees each as cancelled. */
export function toCancelled(reason: DeliveryReason, at: number): UpdateFilter<DeliveryDoc> {
  return {
    $set: { status: 'cancelled', reason, finishedAt: new Date(at) },
    $unset: { partition: 1, nextAt: 1 },
    $inc: { rev: 1 },
  };
}
