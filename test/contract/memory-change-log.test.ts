import { dayMs } from '../../server/src/domain/windows.ts';
import { FakeClock } from '../support/clock.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { changeLogContract } from './change-log-contract.ts';

changeLogContract('memory', () => {
  const clock = new FakeClock();
  const stores = openMemoryConfig(clock);
  const appendMany = (ids: readonly string[]) => {
    for (const id of ids) stores.config.changes.record({ collection: 'webhooks', id, appId: 'app_1' });
    return Promise.resolve();
  };
  return Promise.resolve({
    ...stores,
    append: (...ids: string[]) => appendMany(ids),
    appendMany,
    expireChanges: () => Promise.resolve(clock.advance(dayMs)),
  });
});
