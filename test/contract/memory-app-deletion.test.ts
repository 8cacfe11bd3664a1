import type { ActivityBatch } from '../../server/src/domain/ports/activity-store.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { anEvent } from '../support/builders.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { appDeletionContract } from './app-deletion-contract.ts';

appDeletionContract('memory', () => {
  const stores = openMemoryConfig();
  const { events, deliveries, replays, activity } = stores.database;
  const readActivity = () => [...activity.values()].flatMap(({ apps }) => apps.map(({ appId }) => appId));
  return Promise.resolve({
    ...stores,
    storeDelivered: (appId: string, count: number, at: number) => {
      for (let n = 0; n < count; n++) {
        const event = anEvent({ appId, acceptedAt: at });
        const { id: eventId, accountId, type } = event;
        events.set(eventId, event);
        const id = toDeliveryId(eventId, 0);
        deliveries.set(id, {
          id,
          eventId,
          webhookId: 'wh_000000000001',
          appId,
          accountId,
          type,
          status: 'delivered',
          reason: null,
          attempts: [],
          attemptCount: 1,
          dueAt: null,
          createdAt: at,
          finishedAt: at,
        });
      }
      return Promise.resolve();
    },
    storeReplay: (replay: Replay) => Promise.resolve(void replays.set(replay.id, replay)),
    storeActivity: (batches: readonly ActivityBatch[]) => {
      for (const batch of batches) activity.set(batch.id, batch);
      return Promise.resolve();
    },
    readActivity: () => Promise.resolve([...new Set(readActivity())]),
    countOf: (appId: string) => {
      const maps = [stores.config.webhooks, replays, events, deliveries];
      const owned = maps.flatMap((map) => [...map.values()]).filter((one) => one.appId === appId);
      return Promise.resolve(owned.length + readActivity().filter((id) => id === appId).length);
    },
  });
});
