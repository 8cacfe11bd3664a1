import { describe, expect, it } from 'vitest';
import { isTocsinError } from '../../../server/src/domain/errors.ts';
import type { AcceptedEvent } from '../../../server/src/domain/event.ts';
import type { EventStore, Insertion, OutboxEntry } from '../../../server/src/domain/ports/event-store.ts';
import { EventIngester } from '../../../server/src/services/events/ingest.ts';
import { anEvent } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';

type Stored = Pick<EventStore, 'insertMany' | 'insertUnmatched' | 'offer'>;

const all = (events: readonly AcceptedEvent[]): Insertion => ({
  batches: events.length === 0 ? [] : [{ id: events[0]?.id ?? '', events }],
  duplicates: new Map(),
});

/** An ingester on ports that write down what was asked of them, in order. */
function acceptorOn({
  store = {},
  hasRoom = () => true,
  fullLane = () => undefined,
}: {
  store?: Partial<Stored>;
  hasRoom?: (event: AcceptedEvent) => boolean;
  fullLane?: (event: AcceptedEvent) => string | undefined;
}) {
  const calls: unknown[] = [];
  const counted: string[] = [];
  const accepted: number[] = [];
  const entries: OutboxEntry[] = [];
  const clock = new FakeClock();
  const events: Stored = {
    insertMany: (given, entry) => {
      entries.push(entry);
      return store.insertMany?.(given, entry) ?? Promise.resolve(all(given));
    },
    insertUnmatched: (given) => {
      calls.push(['unwanted', given.map(({ id }) => id)]);
      return store.insertUnmatched?.(given) ?? Promise.resolve(all(given));
    },
    offer: (ids, now) => {
      calls.push(['offer', ids, now]);
      return store.offer?.(ids, now) ?? Promise.resolve();
    },
  };
  const ingester = new EventIngester({
    // Reading events is no part of accepting them.
    events: events as EventStore,
    eagerDispatch: {
      reserve: hasRoom,
      firstFullQueue: fullLane,
      lease: () => ({ token: 'me.1', until: clock.now() + 15_000 }),
      committed: (batch, lease) => calls.push(['committed', batch.events.map(({ id }) => id), lease.token]),
      abandoned: (event) => calls.push(['abandoned', event.id]),
    },
    notifications: { notifyWork: () => calls.push(['work']), subscribe: () => {} },
    meter: {
      accepted: (count) => accepted.push(count),
      batch: () => {},
      attempt: () => {},
      finished: () => {},
      fenced: () => {},
    },
    activity: { accepted: (appId) => counted.push(appId), finished: () => {} },
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  return { ingester, calls, counted, accepted, entries, clock };
}

describe('accepting events that this process sends', () => {
  it('commits them with their lease and gives no place back', async () => {
    const { ingester, calls, entries } = acceptorOn({});
    const [one, two] = [anEvent(), anEvent()];
    expect(await Promise.all([ingester.accept(one), ingester.accept(two)])).toEqual([one, two]);
    expect(calls).toEqual([['committed', [one.id, two.id], 'me.1']]);
    expect(entries).toMatchObject([{ token: 'me.1' }]);
  });

  it('gives back the place of an event whose idempotency key is taken', async () => {
    const first = anEvent({ idempotencyKey: 'k' });
    const [again, fresh] = [anEvent({ idempotencyKey: 'k' }), anEvent()];
    const { ingester, calls } = acceptorOn({
      store: {
        insertMany: () => Promise.resolve({ ...all([fresh]), duplicates: new Map([[again.id, first]]) }),
      },
    });
    expect(await Promise.all([ingester.accept(again), ingester.accept(fresh)])).toEqual([first, fresh]);
    expect(calls).toEqual([
      ['committed', [fresh.id], 'me.1'],
      ['abandoned', again.id],
    ]);
  });

  it('gives back every place when the database fails, and asks the publisher to repeat', async () => {
    const { ingester, calls, counted, accepted } = acceptorOn({
      store: { insertMany: () => Promise.reject(new Error('no primary')) },
    });
    const [one, two] = [anEvent(), anEvent()];
    for (const outcome of await Promise.allSettled([ingester.accept(one), ingester.accept(two)])) {
      if (outcome.status !== 'rejected' || !isTocsinError(outcome.reason)) throw new Error('was accepted');
      const { code, retryable, retryAfterSeconds } = outcome.reason;
      expect({ code, retryable, retryAfterSeconds }).toEqual({
        code: 'UNAVAILABLE',
        retryable: true,
        retryAfterSeconds: 2,
      });
    }
    expect(calls).toEqual([
      ['abandoned', one.id],
      ['abandoned', two.id],
    ]);
    expect([counted, accepted]).toEqual([[], []]);
  });
});

describe('accepting events that any worker may send', () => {
  it('offers them when all are stored, then wakes the workers', async () => {
    const { ingester, calls, entries, clock } = acceptorOn({ hasRoom: () => false });
    const [one, two] = [anEvent(), anEvent()];
    await Promise.all([ingester.accept(one), ingester.accept(two)]);
    expect(calls).toEqual([['offer', [one.id], clock.now()], ['work']]);
    expect(entries).toEqual([{ token: undefined, until: clock.now() + 15_000, endpointQueue: undefined }]);
  });

  it('stores those that wait for one full webhook apart from the others', async () => {
    const [busy, free] = [anEvent({ targets: ['wh_busy'] }), anEvent({ targets: ['wh_free'] })];
    const { ingester, entries } = acceptorOn({
      hasRoom: () => false,
      fullLane: (event) => (event === busy ? 'wh_busy' : undefined),
    });
    await Promise.all([ingester.accept(busy), ingester.accept(free)]);
    expect(entries.map((entry) => entry.endpointQueue)).toEqual(['wh_busy', undefined]);
  });

  it('accepts them although they could not be offered: they are stored', async () => {
    const { ingester, calls } = acceptorOn({
      hasRoom: () => false,
      store: { offer: () => Promise.reject(new Error('no primary')) },
    });
    const event = anEvent();
    expect(await ingester.accept(event)).toBe(event);
    expect(calls).not.toContainEqual(['work']);
  });

  it('offers nothing and wakes no worker when every key was taken', async () => {
    const first = anEvent({ idempotencyKey: 'k' });
    const again = anEvent({ idempotencyKey: 'k' });
    const { ingester, calls } = acceptorOn({
      hasRoom: () => false,
      store: {
        insertMany: () => Promise.resolve({ batches: [], duplicates: new Map([[again.id, first]]) }),
      },
    });
    expect(await ingester.accept(again)).toBe(first);
    expect(calls).toEqual([]);
  });

  it('stores an event without a subscriber, and wakes no worker for it', async () => {
    const { ingester, calls, counted, entries } = acceptorOn({ hasRoom: () => false });
    const event = anEvent({ targets: [] });
    expect(await ingester.accept(event)).toBe(event);
    expect(calls).toEqual([['unwanted', [event.id]]]);
    expect([entries, counted]).toEqual([[], [event.appId]]);
  });
});

describe('a repeated idempotency key', () => {
  const first = anEvent({ idempotencyKey: 'k' });
  const holding = (again: AcceptedEvent) =>
    acceptorOn({
      store: {
        insertMany: () => Promise.resolve({ batches: [], duplicates: new Map([[again.id, first]]) }),
      },
    });

  it('counts as no second event, neither in the statistics nor in the metrics', async () => {
    const again = anEvent({ idempotencyKey: 'k' });
    const { ingester, counted, accepted } = holding(again);
    await ingester.accept(again);
    expect([counted, accepted]).toEqual([[], [0]]);
  });

  it('is a conflict for another event', async () => {
    const other = anEvent({ idempotencyKey: 'k', dataText: '{"userId":"u2"}' });
    const { ingester, counted } = holding(other);
    await expect(ingester.accept(other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(counted).toEqual([]);
  });
});

describe('draining', () => {
  it('waits for what is being stored', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => (store = resolve));
    const { ingester } = acceptorOn({ store: { insertMany: (events) => stored.then(() => all(events)) } });
    const done: string[] = [];
    const accepted = ingester.accept(anEvent()).then(() => done.push('accepted'));
    const drained = ingester.drain().then(() => done.push('drained'));
    store();
    await Promise.all([accepted, drained]);
    expect(done).toEqual(['accepted', 'drained']);
  });
});
