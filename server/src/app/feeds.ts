import type { ReadGate } from '../services/authorization/read-gate.ts';
import { LiveFeed } from '../services/events/live/live-feed.ts';
import { SubscriptionPlaces } from '../services/events/live/subscription-places.ts';
import { LiveSubscriptions } from '../services/events/subscribe.ts';
import { FeedHistory } from '../services/feed/feed-history.ts';
import { FeedLogWriter } from '../services/feed/feed-log-writer.ts';
import { FeedService } from '../services/feed/feed-service.ts';
import { FeedTail } from '../services/feed/feed-tail.ts';
import { LoggedFeed } from '../services/feed/logged-feed.ts';
import type { Cleanup } from './cleanup.ts';
import type { Foundation } from './foundation.ts';
import { toRetentionMs } from './options.ts';

/** Reads of the feed that wait. A consumer opens one after each event, so openings have a higher limit. */
const waitingReads = {
  total: 1_000,
  forOperator: 20,
  perAccount: 200,
  perKey: 100,
  openingBurst: 1_000,
  openingsPerSecond: 200,
};

/** Creates the live subscriptions and the pull feed, which share one stream of events and the feed log. */
export function createFeeds(foundation: Foundation, gate: ReadGate, cleanup: Cleanup) {
  const { options, stores, access, clock, log, instruments } = foundation;
  const { feed, feedLog, feedSource: source } = stores;
  const { subscriptions: subscriptionMetrics, feed: feedMetrics } = instruments;
  const writer = new FeedLogWriter({ feedLog, source, clock, log }, { keepMs: toRetentionMs(options) });
  cleanup.add(() => writer.stop());
  writer.start();
  const history = new FeedHistory({ feedLog });
  const startLog = async () => {
    await feedLog.use(clock.now());
    writer.wake();
  };
  const logged = new LoggedFeed({
    feed,
    history,
    clock,
    onLongAbsence: () =>
      void startLog().catch((error: unknown) => log.warn({ err: error }, 'feed log not started')),
  });
  const onSlowReader = () => subscriptionMetrics.countSlow();
  const live = new LiveFeed({ feed, history: logged, clock, log, onSlowReader });
  cleanup.add(() => live[Symbol.asyncDispose]());
  const places = new SubscriptionPlaces({
    clock,
    onRejected: (reason) => subscriptionMetrics.countRejected(reason),
  });
  subscriptionMetrics.watch(() => ({ ...live.stats, subscriptions: places.taken }));
  const waiting = new SubscriptionPlaces(
    { clock, onRejected: () => feedMetrics.countRejected() },
    waitingReads,
  );
  const tail = new FeedTail({ live, places: waiting });
  feedMetrics.watch(() => ({ waiting: tail.waiting, lagMs: writer.lagMs }));
  return {
    subscriptions: new LiveSubscriptions({ live, places, access, clock, history, startLog }),
    feed: new FeedService({
      feedLog,
      history,
      tail,
      consumers: stores.feedConsumers,
      access,
      gate,
      clock,
      wakeWriter: () => writer.wake(),
      onEvents: (count) => feedMetrics.countEvents(count),
    }),
  };
}
