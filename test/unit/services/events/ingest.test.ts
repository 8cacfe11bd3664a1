import { describe, expect, it } from 'vitest';
import { apiError, isTocsinError } from '../../../../server/src/domain/errors.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { EventStore, Insertion } from '../../../../server/src/domain/ports/event-store.ts';
import { EventIngester } from '../../../../server/src/services/events/ingest.ts';
import { anEvent } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

type Stored = Pick<EventStore, 'insertMany'>;

const all = (events: readonly AcceptedEvent[]): Insertion => ({
  batches: events.length === 0 ? [] : [{ id: events[0]?.id ?? '', events }],
  duplicates: new Map(),
});

/** An ingester on ports that record their calls in order. */
function ingesterOn({
  store = {},
  hasRoom = () => true,
}: {
  store?: Partial<Stored>;
  hasRoom?: (event: AcceptedEvent) => boolean;
}) {
  const calls: unknown[] = [];
  const counted: string[] = [];
  const accepted: number[] = [];
  const errors: object[] = [];
  const clock = new FakeClock();
  const events: Stored = {
    insertMany: (given, options) => store.insertMany?.(given, options) ?? Promise.resolve(all(given)),
  };
  const ingester = new EventIngester({
    events,
    eagerDispatch: {
      reserve: hasRoom,
      commit: ({ events: stored }, isReserved) => {
        const ids = (placed: boolean) =>
          stored.filter((event) => isReserved(event) === placed).map(({ id }) => id);
        calls.push(['commit', ids(true), ids(false)]);
      },
      cancel: (event) => calls.push(['cancel', event.id]),
    },
    meter: { countAccepted: (count) => accepted.push(count), observeBatch: () => {} },
    activity: { recordAccepted: ({ appId }) => counted.push(appId) },
    clock,
    log: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields, message) => errors.push({ ...fields, message }),
    },
  });
  return { ingester, calls, counted, accepted, errors };
}

describe('events that this process sends', () => {
  it('are committed together, and no reservation is cancelled', async () => {
    const { ingester, calls } = ingesterOn({});
    const [one, two] = [anEvent(), anEvent()];
    expect(await Promise.all([ingester.accept(one), ingester.accept(two)])).toEqual([one, two]);
    expect(calls).toEqual([['commit', [one.id, two.id], []]]);
  });

  it('cancels the reservation of an event whose idempotency key is taken', async () => {
    const first = anEvent({ idempotencyKey: 'k' });
    const [again, fresh] = [anEvent({ idempotencyKey: 'k' }), anEvent()];
    const { ingester, calls } = ingesterOn({
      store: {
        insertMany: () => Promise.resolve({ ...all([fresh]), duplicates: new Map([[again.id, first]]) }),
      },
    });
    expect(await Promise.all([ingester.accept(again), ingester.accept(fresh)])).toEqual([first, fresh]);
    expect(calls).toEqual([
      ['commit', [fresh.id], []],
      ['cancel', again.id],
    ]);
  });

  it('cancels all reservations when the database fails, and throws a retryable error', async () => {
    const { ingester, calls, counted, accepted } = ingesterOn({
      store: { insertMany: () => Promise.reject(apiError('UNAVAILABLE', 'no primary')) },
    });
    const [one, two] = [anEvent(), anEvent()];
    for (const outcome of await Promise.allSettled([ingester.accept(one), ingester.accept(two)])) {
      if (outcome.status !== 'rejected' || !isTocsinError(outcome.reason))
        throw new Error('the event was accepted');
      const { code, retryable, retryAfterSeconds } = outcome.reason;
      expect({ code, retryable, retryAfterSeconds }).toEqual({
        code: 'UNAVAILABLE',
        retryable: true,
        retryAfterSeconds: 2,
      });
    }
    expect(calls).toEqual([
      ['cancel', one.id],
      ['cancel', two.id],
    ]);
    expect([counted, accepted]).toEqual([[], []]);
  });
});

describe('events without a place in memory', () => {
  it('are committed without it, so that the owners of their partitions find them', async () => {
    const [busy, free] = [anEvent({ targets: ['wh_busy'] }), anEvent({ targets: ['wh_free'] })];
    const { ingester, calls } = ingesterOn({ hasRoom: (event) => event === free });
    await Promise.all([ingester.accept(busy), ingester.accept(free)]);
    expect(calls).toEqual([['commit', [free.id], [busy.id]]]);
  });

  it('take none when no webhook subscribes to them', async () => {
    const { ingester, calls, counted } = ingesterOn({});
    const event = anEvent({ targets: [] });
    expect(await ingester.accept(event)).toBe(event);
    expect(calls).toEqual([['commit', [], [event.id]]]);
    expect(counted).toEqual([event.appId]);
  });

  it('commit nothing when every key was taken', async () => {
    const first = anEvent({ idempotencyKey: 'k' });
    const again = anEvent({ idempotencyKey: 'k' });
    const { ingester, calls } = ingesterOn({
      hasRoom: () => false,
      store: {
        insertMany: () => Promise.resolve({ batches: [], duplicates: new Map([[again.id, first]]) }),
      },
    });
    expect(await ingester.accept(again)).toBe(first);
    expect(calls).toEqual([]);
  });
});

describe('a repeated idempotency key', () => {
  const first = anEvent({ idempotencyKey: 'k' });
  const ingesterWithDuplicate = (again: AcceptedEvent) =>
    ingesterOn({
      store: {
        insertMany: () => Promise.resolve({ batches: [], duplicates: new Map([[again.id, first]]) }),
      },
    });

  it('is not counted again, in the statistics or in the metrics', async () => {
    const again = anEvent({ idempotencyKey: 'k' });
    const { ingester, counted, accepted } = ingesterWithDuplicate(again);
    await ingester.accept(again);
    expect([counted, accepted]).toEqual([[], [0]]);
  });

  it('throws IDEMPOTENCY_CONFLICT for a different event', async () => {
    const other = anEvent({ idempotencyKey: 'k', dataText: '{"userId":"u2"}' });
    const { ingester, counted } = ingesterWithDuplicate(other);
    await expect(ingester.accept(other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(counted).toEqual([]);
  });
});

describe('draining', () => {
  it('waits until pending events are stored', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => (store = resolve));
    const { ingester } = ingesterOn({ store: { insertMany: (events) => stored.then(() => all(events)) } });
    const done: string[] = [];
    const accepted = ingester.accept(anEvent()).then(() => done.push('accepted'));
    const drained = ingester.drain().then(() => done.push('drained'));
    store();
    await Promise.all([accepted, drained]);
    expect(done).toEqual(['accepted', 'drained']);
  });
});
