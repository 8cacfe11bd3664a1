import { expect, it } from 'vitest';
import { createSweep } from '../../../../server/src/services/maintenance/retention.ts';
import { FakeClock } from '../../../support/clock.ts';

const dayMs = 86_400_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A sweep over old events and deliveries. Records up to which time it removes. */
function sweepOf(old: { events: number; deliveries: number }, onPurge: () => void = () => {}) {
  const clock = new FakeClock();
  const queries: number[] = [];
  const take = (kind: 'events' | 'deliveries', limit: number) => {
    const count = Math.min(old[kind], limit);
    old[kind] -= count;
    return count;
  };
  const store = {
    purge: (before: number, limit: number) => {
      queries.push(before);
      onPurge();
      return Promise.resolve({ events: take('events', limit), deliveries: take('deliveries', limit) });
    },
    purgeReplays: () => Promise.resolve(0),
  };
  return { clock, queries, sweep: createSweep({ store, clock, log: silent, keepMs: 30 * dayMs }) };
}

it('continues until no events and no deliveries are left', async () => {
  for (const old of [
    { events: 1_200, deliveries: 10 },
    { events: 10, deliveries: 1_200 },
  ]) {
    const expected = { ...old };
    const { sweep, clock, queries } = sweepOf(old);
    expect(await sweep()).toEqual(expected);
    expect(new Set(queries)).toEqual(new Set([clock.now() - 30 * dayMs]));
  }
});

it('stops between two batches when it is aborted', async () => {
  const stop = new AbortController();
  const { sweep } = sweepOf({ events: 5_000, deliveries: 0 }, () => stop.abort());
  expect(await sweep(stop.signal)).toEqual({ events: 500, deliveries: 0 });
});

it('returns what it removed before the database failed, and does not reject', async () => {
  let purges = 0;
  const { sweep } = sweepOf({ events: 5_000, deliveries: 0 }, () => {
    if (++purges === 2) throw new Error('no primary');
  });
  expect(await sweep()).toEqual({ events: 500, deliveries: 0 });
});
