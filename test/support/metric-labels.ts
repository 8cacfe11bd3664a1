import { attemptReason, deliveryReason, deliveryStatus } from '@tocsin/shared';

/** Every value that a label of ours may ever have, beside the bounds of buckets. A label that is not here is a mistake. */
export const metricLabels: Readonly<Record<string, readonly string[]>> = {
  result: ['delivered', ...attemptReason.options],
  status: deliveryStatus.options,
  reason: ['', ...deliveryReason.options],
  kind: ['accept', 'record', 'claim'],
  state: ['active', 'paused', 'probing'],
};
