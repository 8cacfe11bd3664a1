import { MongoChangeLog } from '../../../server/src/store/mongo/changes/change-log.ts';
import { MongoProcessRegistry } from '../../../server/src/store/mongo/notifications/process-registry.ts';
import type { CallsByStore, Database, StoreCalls } from './store-calls.ts';
import { start } from './sample-data.ts';

/** Calls of the stores by which processes know each other. */
export function createProcessCalls(collections: Database['collections']): CallsByStore {
  const registry = new MongoProcessRegistry(collections);
  const changes = new MongoChangeLog(collections);
  const process = { id: 'p1', host: 'h', pidNamespace: 'n', pid: 1, role: 'all', startedAt: start };
  return {
    MongoChangeLog: {
      read: [() => changes.read(undefined), () => changes.read(0), () => changes.read(1_000)],
      saveSeen: [() => changes.saveSeen('p1', 1)],
      isUnseen: [() => changes.isUnseen(1, 'p1')],
    } satisfies StoreCalls<MongoChangeLog>,
    MongoProcessRegistry: {
      register: [() => registry.register(process)],
      findInPidNamespace: [() => registry.findInPidNamespace('n')],
      remove: [() => registry.remove('p1')],
    } satisfies StoreCalls<MongoProcessRegistry>,
  };
}
