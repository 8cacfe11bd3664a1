import { randomUUID } from 'node:crypto';
import { expect, inject, vi } from 'vitest';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { MongoDestinationLimitStore } from '../../server/src/store/mongo/limits/destination-limit-store.ts';
import { MongoNotifications } from '../../server/src/store/mongo/notifications/notifications.ts';
import { hearLimits } from '../support/hear-limits.ts';
import { silent } from '../support/silent-log.ts';
import { destinationLimitsContract } from './destination-limits-contract.ts';

async function open(database = `limits_${randomUUID()}`) {
  const connection = await Connection.open({ uri: inject('mongoUri'), database });
  const notifications = new MongoNotifications(connection.db, connection.collections, silent);
  const { heard, isListening } = hearLimits(notifications);
  notifications.start();
  await vi.waitFor(() => expect(isListening()).toBe(true), { timeout: 20_000 });
  return {
    store: new MongoDestinationLimitStore(connection.collections),
    heard,
    openAnother: () => open(database),
    [Symbol.asyncDispose]: async () => {
      await notifications.close();
      await connection.close();
    },
  };
}

destinationLimitsContract('MongoDB', open);
