import { LiveChanges } from '../services/changes/live-changes.ts';
import { SubscriptionPlaces } from '../services/events/live/subscription-places.ts';
import type { Cleanup } from './cleanup.ts';
import type { Sending } from './engine.ts';
import type { Foundation } from './foundation.ts';

/** Streams of the admin UI: one for each visible tab. */
const tabs = {
  total: 500,
  forOperator: 50,
  perAccount: 50,
  perKey: 20,
  openingBurst: 50,
  openingsPerSecond: 5,
};

/** Creates the notices of changes, which the admin UI reads instead of polling. */
export function createLiveChanges(
  { stores, access, clock, log, instruments }: Foundation,
  { activity }: Sending,
  cleanup: Cleanup,
): LiveChanges {
  const onRejected = instruments.subscriptions.countRejected.bind(instruments.subscriptions);
  const changes = new LiveChanges({
    places: new SubscriptionPlaces({ clock, onRejected }, tabs),
    activity: stores.activity,
    processId: activity.processId,
    findAppAccount: async (appId) => await access.findAccount(appId),
    findKeyAccount: async (keyId) => (await stores.keys.get(keyId))?.accountId,
    clock,
    log,
  });
  activity.subscribe(({ appId, accountId }) => changes.record({ kind: 'activity', accountId, appId }));
  cleanup.add(() => changes.stop());
  return changes;
}
