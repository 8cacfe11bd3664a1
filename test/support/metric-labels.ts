import { version } from '../../server/src/version.ts';
import { attemptReason, deliveryReason, deliveryStatus } from '@tocsin/shared';

/** Values of `reason` that `tocsin_subscriptions_rejected_total` has. */
const subscriptionRejections = ['key_limit', 'account_limit', 'process_limit', 'opening_rate'];

const closeCauses = ['limit', 'slow_request', 'slow_response', 'invalid', 'refused', 'idle', 'aborted'];
const unsentCauses = ['no_connection', 'no_descriptors', 'no_local_address', 'proxy_failed', 'shutting_down'];

/** Values of `reason` that `tocsin_events_refused_total` has. */
const refusals = ['queue_full', 'too_slow', 'stalled'];

/** All values that labels may have, without the bounds of buckets. Other values are a mistake. */
export const metricLabels: Readonly<Record<string, readonly string[]>> = {
  result: ['delivered', ...attemptReason.options],
  status: deliveryStatus.options,
  reason: ['', ...deliveryReason.options, ...subscriptionRejections, ...refusals],
  cause: [...closeCauses, ...unsentCauses],
  kind: ['accept', 'record', 'claim'],
  outcome: ['cached', 'answered', 'not_found', 'timeout', 'server_failed', 'limited'],
  scope: ['address', 'account', 'route'],
  client: ['tocsin-client', 'other'],
  // One version calls in the tests. The number of others is bounded.
  version: ['', version, 'more'],
  state: ['active', 'paused', 'probing'],
};
