import { describe, expect, it } from 'vitest';
import { noActivity } from '../../server/src/domain/activity.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { partitionCount } from '../../server/src/domain/partition.ts';
import { anEvent, aReplay, firstDeliveryOf, toRetry } from '../support/builders.ts';
import { openMemoryStores } from './memory-stores.ts';

const page = { cursor: undefined, limit: 10 };
const visibility = { excludedAppIds: [] };

/** Overwrites every field of an object, and of the objects and arrays in it. */
function overwrite(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Map) for (const item of value.values()) overwrite(item);
  for (const field of Object.keys(value)) {
    overwrite(Reflect.get(value, field));
    Reflect.set(value, field, 'overwritten');
  }
}

function aFullEvent(change: Partial<AcceptedEvent>): AcceptedEvent {
  return anEvent({
    idempotencyKey: 'k',
    presentation: {
      fields: ['id'],
      message: { kind: 'neutral', title: 'Paid', fields: [{ key: 'id', label: 'Id', style: 'id' }] },
    },
    renderings: [{ version: 1, dataText: '{}', targets: ['wh_000000000001'] }],
    ...change,
  });
}

/** Stores with one event in flight, one delivery that waits, a replay and a minute of activity. */
async function openFilled() {
  const h = openMemoryStores();
  const now = h.clock.now();
  const given = [
    aFullEvent({ acceptedAt: now, appId: 'app_a' }),
    aFullEvent({ acceptedAt: now + 1, appId: 'app_b' }),
  ];
  const [first, second] = given.map((event) => structuredClone(event));
  if (first === undefined || second === undefined) throw new Error('two events');
  const replay = aReplay({ createdAt: now, types: ['user.*'] });
  const result = toRetry(firstDeliveryOf(structuredClone(first)), now, now);
  const batch = {
    id: 'p1:1',
    at: 60_000,
    savedAt: 1,
    apps: [{ appId: 'app_a', accountId: 'acc_a', counts: noActivity() }],
  };
  const inputs = [given, structuredClone(replay), result, structuredClone(batch)] as const;
  await h.events.insertMany(inputs[0]);
  await h.replays.insert(inputs[1]);
  await h.queue.writeResults([inputs[2]]);
  await h.activity.save([inputs[3]]);
  const entryId = first.id;
  const all = new Set(Array.from({ length: partitionCount }, (_, index) => index));
  return { h, now, first, second, replay, inputs, entryId, all };
}

describe('a caller of the stores in memory', () => {
  it('changes nothing in them by changing what it has passed in', async () => {
    const { h, first, replay, inputs } = await openFilled();
    const delivery = await h.deliveries.get(toDeliveryId(first.id, 0));
    const activity = await h.activity.read(visibility, 0);
    overwrite(inputs);
    expect(await h.events.get(first.id)).toEqual(first);
    expect(await h.replays.get(replay.id)).toEqual(replay);
    expect(await h.deliveries.get(toDeliveryId(first.id, 0))).toEqual(delivery);
    expect(await h.activity.read(visibility, 0)).toEqual(activity);
  });

  it('changes nothing in them by changing what they return', async () => {
    const { h, now, first, second, replay, entryId, all } = await openFilled();
    const id = toDeliveryId(first.id, 0);
    const entries = () => h.queue.getOpenEntries([entryId]);
    const range = { from: first.id, until: now + 10 };
    const readers: readonly (() => Promise<unknown>)[] = [
      () => h.events.get(first.id),
      () => h.events.getMany([first.id, second.id]),
      () => h.events.list({}, page),
      () =>
        h.events
          .insertMany([aFullEvent({ appId: 'app_a' })])
          .then(({ duplicates }) => [...duplicates.values()]),
      () => h.deliveries.get(id),
      () => h.deliveries.list({}, page),
      () => h.deliveries.getQueueState(visibility, now),
      entries,
      async () => await h.queue.readEntries(await entries(), all),
      () => h.queue.pullMany([id], now),
      () => h.queue.pullBacklog('wh_000000000001', 10, now),
      () => h.queue.pullWebhooks(['wh_000000000001'], 10, now),
      () => h.replays.get(replay.id),
      () => h.replays.list({}, page),
      () => h.reconciliation.readSlice(range.from, range.until, { events: 10, deliveries: 10 }),
      () => h.activity.read(visibility, 0),
    ];
    const expected: unknown[] = [];
    for (const read of readers) expected.push(structuredClone(await read()));
    for (const read of readers) overwrite(await read());
    for (const [index, read] of readers.entries()) expect(await read()).toEqual(expected[index]);
  });
});
