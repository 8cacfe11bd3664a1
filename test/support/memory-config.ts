import type { Delivery } from '../../server/src/domain/delivery.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import type { ActivityBatch } from '../../server/src/domain/ports/activity-store.ts';
import type { Clock } from '../../server/src/domain/ports/runtime.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import type { AppData } from '../../server/testing/src/store/accounts/erase-objects.ts';
import { openConfigStores, type ConfigStores } from '../../server/testing/src/store/open-config-stores.ts';
import { createMemoryConfig, type MemoryConfig } from '../../server/testing/src/store/memory-config.ts';
import { FakeClock } from './clock.ts';
import { silent } from './silent-log.ts';

export interface MemoryConfigStores extends ConfigStores, AsyncDisposable {
  readonly config: MemoryConfig;
  readonly database: AppData;
}

/** The stores of configuration in memory, with maps of their own in place of the events and deliveries. */
export function openMemoryConfig(clock: Clock = new FakeClock()): MemoryConfigStores {
  const config = createMemoryConfig(clock);
  const database: AppData = {
    events: new Map<string, AcceptedEvent>(),
    deliveries: new Map<string, Delivery>(),
    replays: new Map<string, Replay>(),
    activity: new Map<string, ActivityBatch>(),
    webhookActivity: new Map(),
  };
  return {
    ...openConfigStores({ config, database, clock, log: silent }),
    config,
    database,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Counts the notifications of changes from now on. */
export function createNotificationCount({ bus }: Pick<MemoryConfig, 'bus'>): () => Promise<number> {
  let count = 0;
  bus.listen(({ kind }) => {
    if (kind === 'changed') count++;
  });
  return async () => {
    await new Promise(setImmediate);
    return count;
  };
}
