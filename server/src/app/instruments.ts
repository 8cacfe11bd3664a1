import type { DestinationLimitMeter, Meter } from '../domain/ports/telemetry.ts';
import type { FeedMetrics } from '../telemetry/feed-metrics.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { SubscriptionMetrics } from '../telemetry/subscription-metrics.ts';

/** Where the platform reports what it does. The server has metrics; the test kit reports nothing. */
export interface Instruments {
  readonly meter: Meter &
    Pick<Metrics, 'countReconciled' | 'setHeld' | 'watchEngine' | 'watchPartitions' | 'watchQueue'>;
  readonly destinationLimits: DestinationLimitMeter;
  readonly feed: Pick<FeedMetrics, 'watch' | 'countEvents' | 'countRejected'>;
  readonly subscriptions: Pick<SubscriptionMetrics, 'watch' | 'countSlow' | 'countRejected'>;
}
