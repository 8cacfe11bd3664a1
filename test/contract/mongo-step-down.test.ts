import { expect, it, vi } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoNotifications } from '../../server/src/store/mongo/notifications/notifications.ts';
import { useTestMongod } from '../support/fixtures.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A mongod of its own, because every client of it notices the election. */
const mongod = useTestMongod();

it('notifications are read from the new primary after a step-down', async () => {
  await using connection = await Connection.open({ uri: mongod.uri });
  await using notifications = new MongoNotifications(connection.db, connection.collections, silent);
  const heard: string[] = [];
  notifications.subscribe({
    onWork: () => heard.push('work'),
    onConfigChange: (change) => heard.push(change?.id ?? 'anything'),
  });
  notifications.start();
  await vi.waitFor(() => expect(heard).toEqual(['anything']), { timeout: 20_000 });

  const admin = connection.client.db('admin');
  await admin.command({ replSetStepDown: 60, force: true });
  await admin.command({ replSetFreeze: 0 }, { readPreference: 'nearest' });

  // Lost when the cursor ended, and found again when another one was open.
  await vi.waitFor(() => expect(heard).toEqual(['anything', 'anything', 'anything']), { timeout: 20_000 });
  notifications.notifyWork({ entries: [], webhookIds: ['wh_1'] });
  await vi.waitFor(() => expect(heard.at(-1)).toBe('work'), { timeout: 20_000, interval: 5 });
});
