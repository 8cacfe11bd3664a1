import { MemoryNotifications } from '../../server/testing/src/store/notifications/notifications.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { silent } from '../support/silent-log.ts';
import { notificationsContract, type NotificationsHarness } from './notifications-contract.ts';

function open(stores = openMemoryConfig()): Promise<NotificationsHarness> {
  const notifications = new MemoryNotifications(stores.config, silent);
  return Promise.resolve({
    ...stores,
    notifications,
    openAnother: () => open(stores),
    [Symbol.asyncDispose]: () => notifications.close(),
  });
}

notificationsContract('memory', open);
