import { randomUUID } from 'node:crypto';
import { expect, inject, it, vi } from 'vitest';
import type { DestinationLimit } from '../../server/src/domain/ports/destination-limits.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDestinationLimitStore } from '../../server/src/store/mongo/limits/destination-limit-store.ts';
import { MongoNotifications } from '../../server/src/store/mongo/notifications/notifications.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const now = Date.parse('2026-01-01T00:00:00.000Z');

async function open(database = `limits_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  const notifications = new MongoNotifications(connection.db, connection.collections, silent);
  const heard: (DestinationLimit | 'anything')[] = [];
  notifications.subscribe({
    onWork: () => undefined,
    onConfigChange: () => heard.push('anything'),
    onDestinationLimits: (limits) => heard.push(...limits),
  });
  notifications.start();
  await vi.waitFor(() => expect(heard).toEqual(['anything']), { timeout: 20_000 });
  return {
    database,
    store: new MongoDestinationLimitStore(connection.collections),
    heard: () => heard.slice(1),
    [Symbol.asyncDispose]: async () => {
      await notifications.close();
      await connection.close();
    },
  };
}

const limit = (key: string, until: number): DestinationLimit => ({ key, until: now + until });

it('limits of chat services reach all processes, and are kept until their end', async () => {
  await using one = await open();
  await using two = await open(one.database);
  const limits = [limit('a', 1), limit('b', 3), limit('c', 2)];
  await one.store.save(limits);
  for (const { heard } of [one, two]) {
    await vi.waitFor(() => expect(heard()).toEqual(limits), { timeout: 20_000, interval: 5 });
  }
  expect(await two.store.findActive(now, 10)).toEqual([limits[1], limits[2], limits[0]]);
  expect(await two.store.findActive(now + 1, 10)).toEqual([limits[1], limits[2]]);
  expect(await two.store.findActive(now, 1)).toEqual([limits[1]]);
});

it('limits of chat services never become shorter, also if processes find them at the same time', async () => {
  await using one = await open();
  await using two = await open(one.database);
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? one : two).store.save([limit('a', (index * 7) % 40), limit(`b${index % 4}`, 1)]),
    ),
  );
  const active = await one.store.findActive(now, 100);
  expect(active[0]).toEqual(limit('a', 39));
  expect(active).toHaveLength(5);
});
