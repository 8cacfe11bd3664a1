import { ClientMetrics } from '../../server/src/telemetry/client-metrics.ts';
import { DestinationLimitMetrics } from '../../server/src/telemetry/destination-limit-metrics.ts';
import { FeedMetrics } from '../../server/src/telemetry/feed-metrics.ts';
import { LookupMetrics } from '../../server/src/telemetry/lookup-metrics.ts';
import { SubscriptionMetrics } from '../../server/src/telemetry/subscription-metrics.ts';
import { SendingMetrics } from '../../server/src/telemetry/sending-metrics.ts';
import { Metrics } from '../../server/src/telemetry/metrics.ts';
import { version } from '../../server/src/version.ts';

/** `/metrics` of a process in which everything has happened once, so that each metric shows its labels. */
export async function metricsText(): Promise<string> {
  const metrics = new Metrics();
  const sending = new SendingMetrics(metrics.registry);
  sending.countUnsent('no_connection');
  const endpointQueues = { active: 1, paused: 1, probing: 1 };
  metrics.watchEngine(() => ({ inFlight: 1, queued: 1, held: 1, unwrittenResults: 1, endpointQueues }));
  metrics.watchPartitions(() => 1);
  metrics.watchQueue(
    async () =>
      await Promise.resolve({ pending: 2, dueNow: 1, inFlight: 0, isCapped: false, oldestDueAt: 0 }),
    {
      now: () => 1,
    },
  );
  metrics.countAccepted(1, 1);
  metrics.countRefused('queue_full');
  metrics.countAttempt('timeout', 1);
  metrics.countFinished('failed', 'retries_exhausted', 1);
  metrics.countFenced(1);
  metrics.observeBatch('accept', 1);
  metrics.setHeld(true);
  new DestinationLimitMetrics(metrics.registry).countLimit('route');
  new LookupMetrics(metrics.registry).countLookup('answered', 1);
  new ClientMetrics(metrics.registry, { onVersion: () => {} }).countCall(`tocsin-client/${version}`);
  const subscriptions = new SubscriptionMetrics(metrics.registry);
  subscriptions.watch(() => ({ subscriptions: 1, lagMs: 1, catchUpsRunning: 1, catchUpsWaiting: 1 }));
  subscriptions.countSlow();
  subscriptions.countRejected('key_limit');
  const feed = new FeedMetrics(metrics.registry);
  feed.watch(() => ({ waiting: 1, lagMs: 1 }));
  feed.countEvents(1);
  feed.countRejected();
  return await metrics.registry.metrics();
}
