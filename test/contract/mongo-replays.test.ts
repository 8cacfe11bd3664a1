import { expect, it } from 'vitest';
import { MongoReplayStore } from '../../server/src/store/mongo/deliveries/replay-store.ts';
import { beforeCall } from '../support/before-call.ts';
import { useDatabase } from '../support/fixtures.ts';
import { openMongoStores } from './mongo-stores.ts';
import { replaysContract, withReplays } from './replays-contract.ts';

const leaseMs = 30_000;

const connection = useDatabase('replays');

const open = () => openMongoStores(connection);

replaysContract('MongoDB', open);

/** A store that runs an action before it writes to the deliveries of a batch. */
function createSlowStore(action: () => Promise<unknown>): MongoReplayStore {
  const { collections } = connection;
  return new MongoReplayStore({
    ...collections,
    deliveries: beforeCall(collections.deliveries, 'updateMany', action),
  });
}

it('MongoDB: changes nothing if another process takes over in the middle of a batch', async () => {
  await using h = await withReplays(open());
  await h.insertFinal(4);
  const id = await h.insert();
  const stalled = await h.claimed();
  const slow = createSlowStore(async () => {
    h.clock.advance(leaseMs);
    await h.replays.requeueSome(await h.claimed(), h.clock.now());
  });
  expect(await slow.requeueSome(stalled, h.clock.now())).toBe(0);
  expect(await h.pending()).toHaveLength(2);
  expect(await h.replays.get(id)).toMatchObject({ status: 'running', done: 2 });
});

it('MongoDB: changes nothing if the replay is cancelled in the middle of a batch', async () => {
  await using h = await withReplays(open());
  await h.insertFinal(4);
  const id = await h.insert();
  const claimed = await h.claimed();
  const slow = createSlowStore(() => h.replays.cancel(id, 7));
  expect(await slow.requeueSome(claimed, h.clock.now())).toBe(0);
  expect(await h.pending()).toEqual([]);
  expect(await h.replays.get(id)).toMatchObject({ status: 'cancelled', done: 0, finishedAt: 7 });
});
