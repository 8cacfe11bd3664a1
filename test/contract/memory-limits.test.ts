import type { Replay } from '../../server/src/domain/replay.ts';
import { openMemoryConfig } from '../support/memory-config.ts';
import { countsContract, limitsContract } from './limits-contract.ts';

function open(stores = openMemoryConfig()) {
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
