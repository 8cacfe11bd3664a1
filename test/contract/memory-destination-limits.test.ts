import { MemoryNotifications } from '../../server/testing/src/store/notifications/notifications.ts';
import { hearLimits } from '../support/hear-limits.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { silent } from '../support/silent-log.ts';
import { destinationLimitsContract, type DestinationLimitsHarness } from './destination-limits-contract.ts';

function openLimits(stores = openMemoryConfig()): Promise<DestinationLimitsHarness> {
  const notifications = new MemoryNotifications(stores.config, silent);
  const { heard } = hearLimits(notifications);
  notifications.start();
  return Promise.resolve({
    store: stores.destinationLimits,
    heard,
    openAnother: () => openLimits(stores),
    [Symbol.asyncDispose]: () => notifications.close(),
  });
}

destinationLimitsContract('memory', openLimits);
