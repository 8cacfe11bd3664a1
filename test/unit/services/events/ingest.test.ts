import { describe, expect, it, vi } from 'vitest';
import { apiError } from '../../../../server/src/domain/errors.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type { EventStore, Insertion } from '../../../../server/src/domain/ports/event-store.ts';
import { EventSequence } from '../../../../server/src/services/events/event-sequence.ts';
import { EventIngester } from '../../../../server/src/services/events/ingest.ts';
import { anEvent } from '../../../support/builders.ts';

const all = (events: readonly AcceptedEvent[]): Insertion => ({
  batches: events.length === 0 ? [] : [{ id: events[0]?.id ?? '', events }],
  duplicates: new Map(),
});

/** An ingester on ports that record their calls in order. */
function ingesterOn({
  insertMany = (events: readonly AcceptedEvent[]) => Promise.resolve(all(events)),
  hasRoom = () => true,
  commit = () => {},
  observeBatch = () => {},
  ownerCount = 1,
}: {
  insertMany?: EventStore['insertMany'];
  hasRoom?: (event: AcceptedEvent) => boolean;
  commit?: () => void;
  observeBatch?: () => void;
  ownerCount?: number;
}) {
  const calls: unknown[] = [];
  const counted: string[] = [];
  const accepted: number[] = [];
  const durations: number[] = [];
  const batches: unknown[] = [];
  const errors: unknown[] = [];
  const ignore = () => {};
  const ingester = new EventIngester({
    events: {
      insertMany: (events, options) => {
        calls.push(['insert', events.map(({ id }) => id)]);
        return insertMany(events, options);
      },
    },
    owners: { ownerCount, findOwner: (partition) => `owner of ${partition}` },
    eagerDispatch: {
      reserve: hasRoom,
      commit: ({ events }, isReserved) => {
        calls.push(['commit', events.map((event) => [event.id, isReserved(event)])]);
        commit();
      },
      cancel: (event) => calls.push(['cancel', event.id]),
    },
    meter: {
      countAccepted: (count, durationMs) => {
        accepted.push(count);
        durations.push(durationMs);
      },
      countRefused: ignore,
      observeBatch: (...batch) => {
        batches.push(batch);
        observeBatch();
      },
    },
    activity: { recordAccepted: ({ appId }) => counted.push(appId) },
    log: { debug: ignore, info: ignore, warn: ignore, error: (...error) => errors.push(error) },
  });
  return { ingester, calls, counted, accepted, durations, batches, errors };
}

describe('stored events', () => {
  it('are committed together with their reservations, and none is cancelled', async () => {
    const { ingester, calls, counted, accepted } = ingesterOn({});
    const [one, two] = [anEvent(), anEvent()];
    expect(await Promise.all([ingester.accept(one), ingester.accept(two)])).toEqual([one, two]);
    await ingester.drain();
    expect(calls).toEqual([
      ['insert', [one.id, two.id]],
      [
        'commit',
        [
          [one.id, true],
          [two.id, true],
        ],
      ],
    ]);
    expect([counted, accepted]).toEqual([[one.appId, two.appId], [2]]);
  });

  it.each([
    ['after their publishers have their responses', 2, ['insert', 'response', 'response', 'commit']],
    ['at once if there is only one', 1, ['insert', 'commit', 'response']],
  ])('are dispatched %s', async (_, count, order) => {
    const { ingester, calls } = ingesterOn({});
    const events = Array.from({ length: count }, () => anEvent());
    await Promise.all(events.map((event) => ingester.accept(event).then(() => calls.push(['response']))));
    await ingester.drain();
    expect(calls.map((call) => (Array.isArray(call) ? (call[0] as unknown) : call))).toEqual(order);
  });

  it('are measured: how many were stored together, and how long their insert took', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.advanceTimersByTime(100);
    const { ingester, durations, batches } = ingesterOn({
      insertMany: (events) => new Promise((resolve) => setTimeout(() => resolve(all(events)), 30)),
    });
    const accepted = Promise.all([ingester.accept(anEvent()), ingester.accept(anEvent())]);
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(30);
    await accepted;
    vi.useRealTimers();
    expect([durations, batches]).toEqual([[30], [['accept', 2]]]);
  });

  it('are accepted although they cannot be dispatched, and hold no place', async () => {
    const event = anEvent();
    const error = new Error('a bug');
    const { ingester, calls, errors } = ingesterOn({
      commit: () => {
        throw error;
      },
    });
    expect(await ingester.accept(event)).toBe(event);
    await ingester.drain();
    expect(calls.map((call) => (Array.isArray(call) ? (call[0] as unknown) : call))).toEqual([
      'insert',
      'commit',
    ]);
    expect(errors).toEqual([[{ err: error, entry: event.id }, 'stored events could not be dispatched']]);
  });

  it('are committed without a reservation if there is no room or no webhook subscribes to them', async () => {
    const [full, fits, unmatched] = [anEvent(), anEvent(), anEvent({ targets: [] })];
    const { ingester, calls } = ingesterOn({ hasRoom: (event) => event !== full });
    await Promise.all([full, fits, unmatched].map((event) => ingester.accept(event)));
    await ingester.drain();
    expect(calls[1]).toEqual([
      'commit',
      [
        [full.id, false],
        [fits.id, true],
        [unmatched.id, false],
      ],
    ]);
    expect(calls).toHaveLength(2);
  });

  it('are committed in each of the batches that duplicates made of them', async () => {
    const events = [anEvent(), anEvent(), anEvent()];
    const { ingester, calls } = ingesterOn({
      insertMany: ([first, ...rest]) =>
        Promise.resolve({
          batches: [...all(first === undefined ? [] : [first]).batches, ...all(rest).batches],
          duplicates: new Map(),
        }),
    });
    await Promise.all(events.map((event) => ingester.accept(event)));
    await ingester.drain();
    expect(calls.slice(1)).toEqual([
      ['commit', [[events[0]?.id, true]]],
      ['commit', events.slice(1).map(({ id }) => [id, true])],
    ]);
  });
});

describe('events for several processes', () => {
  const findSenders = async (ownerCount: number, events: readonly AcceptedEvent[]) => {
    const insertMany = vi.fn<EventStore['insertMany']>((some) => Promise.resolve(all(some)));
    const { ingester } = ingesterOn({ insertMany, ownerCount });
    await Promise.all(events.map((event) => ingester.accept(event)));
    const findSender = insertMany.mock.calls[0]?.[1]?.findSender;
    return findSender && events.map((event) => findSender(event));
  };

  it('are stored by the owners of their first targets', async () => {
    const events = [anEvent({ targets: ['wh_1', 'wh_2'] }), anEvent({ targets: [] })];
    expect(await findSenders(2, events)).toEqual([`owner of ${toPartition('wh_1')}`, undefined]);
  });

  it('are stored together while one process sends all', async () => {
    expect(await findSenders(1, [anEvent(), anEvent()])).toBeUndefined();
  });
});

describe('events that are not stored', () => {
  it('get an internal error if the insert cannot be prepared, and none waits', async () => {
    const error = new Error('a bug');
    const { ingester, calls, errors } = ingesterOn({
      observeBatch: () => {
        throw error;
      },
    });
    const event = anEvent();
    await expect(ingester.accept(event)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect([calls, errors]).toEqual([
      [],
      [[{ err: error, eventId: event.id }, 'an event could not be stored']],
    ]);
    expect(ingester.load).toEqual({ waiting: { events: 0, bytes: 0, targets: 0 }, inserts: 0 });
  });

  it('give their reservations back when the database is away, and say that they may be stored', async () => {
    const { ingester, calls, counted, accepted } = ingesterOn({
      insertMany: () => Promise.reject(apiError('UNAVAILABLE', 'no primary')),
    });
    const [one, two] = [anEvent(), anEvent()];
    expect(await Promise.allSettled([ingester.accept(one), ingester.accept(two)])).toMatchObject(
      [one, two].map(() => ({ reason: { code: 'UNAVAILABLE', retryable: true, retryAfterSeconds: 2 } })),
    );
    expect(calls.slice(1)).toEqual([
      ['cancel', one.id],
      ['cancel', two.id],
    ]);
    expect([counted, accepted]).toEqual([[], []]);
  });
});

describe('a repeated idempotency key', () => {
  const first = anEvent({ idempotencyKey: 'k' });
  const ingesterWithDuplicate = (again: AcceptedEvent) =>
    ingesterOn({
      insertMany: (events) =>
        Promise.resolve({
          ...all(events.filter((event) => event !== again)),
          duplicates: new Map([[again.id, first]]),
        }),
    });

  it('gives its reservation back, and returns the first event', async () => {
    const [again, fresh] = [anEvent({ idempotencyKey: 'k' }), anEvent()];
    const { ingester, calls } = ingesterWithDuplicate(again);
    expect(await Promise.all([ingester.accept(again), ingester.accept(fresh)])).toEqual([first, fresh]);
    await ingester.drain();
    expect(calls.slice(1)).toEqual([
      ['commit', [[fresh.id, true]]],
      ['cancel', again.id],
    ]);
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
    await expect(ingester.accept(other)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      message: `the idempotency key "k" was used for another user.login event (${first.id})`,
    });
    expect(counted).toEqual([]);
  });
});

describe('draining', () => {
  it('waits until pending events are stored', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => (store = resolve));
    const { ingester } = ingesterOn({ insertMany: (events) => stored.then(() => all(events)) });
    const done: string[] = [];
    const accepted = ingester.accept(anEvent()).then(() => done.push('accepted'));
    const drained = ingester.drain().then(() => done.push('drained'));
    store();
    await Promise.all([accepted, drained]);
    expect(done).toEqual(['accepted', 'drained']);
  });
});

describe('the events of an ordered call', () => {
  const acceptInOrder = (ingester: EventIngester, events: readonly AcceptedEvent[]) => {
    const sequence = new EventSequence();
    return events.map((event) => ingester.accept(event, undefined, sequence.addPlace()));
  };
  const outOfTurn = {
    reason: { code: 'UNAVAILABLE', message: expect.stringContaining('an earlier event') as string },
  };

  it('are in no second insert while one of them is in flight, and none follows one that failed', async () => {
    const events = Array.from({ length: 700 }, () => anEvent());
    const inserted: number[] = [];
    const fails: ((error: Error) => void)[] = [];
    const { ingester } = ingesterOn({
      insertMany: (some) => {
        inserted.push(some.length);
        return new Promise((_, reject) => fails.push(reject));
      },
    });
    const accepted = acceptInOrder(ingester, events);
    await vi.waitUntil(() => fails.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(inserted).toEqual([500]);
    fails[0]?.(apiError('UNAVAILABLE', 'no primary'));
    const results = await Promise.allSettled(accepted);
    expect(results[499]).toMatchObject({
      reason: { message: expect.stringContaining('may be stored') as string },
    });
    expect(results[500]).toMatchObject(outOfTurn);
    expect(inserted).toEqual([500]);
  });

  it('are stored beside one that makes the insert fail by itself', async () => {
    const events = [anEvent(), anEvent(), anEvent()];
    const { ingester } = ingesterOn({
      insertMany: (some) => {
        const isWide = events[1] !== undefined && some.includes(events[1]);
        return isWide
          ? Promise.reject(apiError('PAYLOAD_TOO_LARGE', 'too many targets'))
          : Promise.resolve(all(some));
      },
    });
    const results = await Promise.allSettled(acceptInOrder(ingester, events));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('wait for the result of an event whose key another call has', async () => {
    const [other, same, later] = [
      anEvent({ idempotencyKey: 'k' }),
      anEvent({ idempotencyKey: 'k' }),
      anEvent(),
    ];
    const { ingester, calls } = ingesterOn({
      insertMany: (some) =>
        some.includes(other) ? Promise.reject(apiError('UNAVAILABLE', 'away')) : Promise.resolve(all(some)),
    });
    const results = await Promise.allSettled([
      ingester.accept(other),
      ...acceptInOrder(ingester, [same, later]),
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
    expect(results[2]).toMatchObject(outOfTurn);
    expect(calls.filter((call) => Array.isArray(call) && call[0] === 'insert')).toEqual([
      ['insert', [other.id]],
    ]);
  });
});
