import { expect, it } from 'vitest';
import type { RetentionStore } from '../../../../server/src/domain/ports/bulk-stores.ts';
import { createSweep } from '../../../../server/src/services/maintenance/retention.ts';
import { FakeClock } from '../../../support/clock.ts';

const dayMs = 86_400_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A sweep over old events and deliveries, by their ids. Records up to which time it removes. */
function sweepOf(
  old: { events: number; deliveries: number },
  { onPurge = () => {}, kept = () => false }: { onPurge?: () => void; kept?: (id: number) => boolean } = {},
) {
  const clock = new FakeClock();
  const queries: number[] = [];
  const purge =
    (kind: 'events' | 'deliveries') => (before: number, after: string | undefined, limit: number) => {
      queries.push(before);
      onPurge();
      const first = Number(after ?? 0);
      const end = Math.min(old[kind], first + limit);
      const examined = Array.from({ length: end - first }, (_, index) => first + index);
      const removed = examined.filter((id) => !kept(id)).length;
      const next = end < old[kind] ? String(end) : undefined;
      return Promise.resolve({ events: 0, deliveries: 0, [kind]: removed, next });
    };
  const store: RetentionStore = {
    purgeEvents: purge('events'),
    purgeDeliveries: purge('deliveries'),
    purgeReplays: () => Promise.resolve(0),
  };
  return {
    clock,
    queries,
    store,
    sweep: createSweep({ store, feedLog: noFeedLog, clock, log: silent, keepMs: 30 * dayMs }),
  };
}

const noFeedLog = { purge: () => Promise.resolve(0) };

it('continues until all old events and all old deliveries are examined', async () => {
  for (const old of [
    { events: 1_200, deliveries: 10 },
    { events: 10, deliveries: 1_200 },
    { events: 500, deliveries: 500 },
  ]) {
    const { sweep, clock, queries } = sweepOf(old);
    expect(await sweep()).toEqual(old);
    expect(new Set(queries)).toEqual(new Set([clock.now() - 30 * dayMs]));
  }
});

it('passes whole steps that must stay, and begins with them again in the next sweep', async () => {
  const kept = new Set(Array.from({ length: 1_000 }, (_, id) => id));
  const { sweep } = sweepOf({ events: 1_200, deliveries: 1_100 }, { kept: (id) => kept.has(id) });
  expect(await sweep()).toEqual({ events: 200, deliveries: 100 });
  kept.clear();
  expect(await sweep()).toEqual({ events: 1_200, deliveries: 1_100 });
});

it('stops between two steps when it is aborted', async () => {
  const stop = new AbortController();
  const { sweep } = sweepOf({ events: 5_000, deliveries: 5_000 }, { onPurge: () => stop.abort() });
  expect(await sweep(stop.signal)).toEqual({ events: 500, deliveries: 0 });
});

it('returns what it removed before the database failed, and does not reject', async () => {
  let purges = 0;
  const onPurge = () => {
    if (++purges === 2) throw new Error('no primary');
  };
  const { sweep } = sweepOf({ events: 5_000, deliveries: 10 }, { onPurge });
  expect(await sweep()).toEqual({ events: 500, deliveries: 10 });
});

it('removes the old part of the feed log batch by batch', async () => {
  const { store, clock } = sweepOf({ events: 0, deliveries: 0 });
  const old = [500, 500, 200, 0];
  const purged: number[] = [];
  const purge = (before: number) => Promise.resolve(old[purged.push(before) - 1] ?? 0);
  await createSweep({ store, feedLog: { purge }, clock, log: silent, keepMs: 30 * dayMs })();
  expect(purged).toEqual(old.map(() => clock.now() - 30 * dayMs));
});
