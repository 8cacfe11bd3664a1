import type { Replay } from '../../server/src/domain/replay.ts';
import { openMemoryStores } from '../support/memory-stores.ts';
import { countsContract, limitsContract } from './limits-contract.ts';

function open(stores = openMemoryStores()) {
  const { replays } = stores.database;
  return Promise.resolve({
    ...stores,
    counts: stores.accountCounts,
    addReplay: (replay: Replay) => Promise.resolve(void replays.set(replay.id, replay)),
    openAnother: () => open(stores),
  });
}

limitsContract('memory', open);
countsContract('memory', open);
