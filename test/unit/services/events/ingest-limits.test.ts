import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiError, isTocsinError, type TocsinError } from '../../../../server/src/domain/errors.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { RefusalReason } from '../../../../server/src/domain/ports/telemetry.ts';
import type { Insertion, InsertOptions } from '../../../../server/src/domain/ports/event-store.ts';
import {
  defaultAcceptLimits,
  type AcceptLimits,
} from '../../../../server/src/services/events/accept-queue.ts';
import { EventIngester } from '../../../../server/src/services/events/ingest.ts';
import { anEvent } from '../../../support/builders.ts';

type Insert = (events: readonly AcceptedEvent[], options: InsertOptions | undefined) => Promise<Insertion>;

const stored: Insert = (events) =>
  Promise.resolve({ batches: [{ id: events[0]?.id ?? '', events }], duplicates: new Map() });
const never: Insert = () => new Promise(() => {});

interface Given {
  insert?: Insert;
  limits?: Partial<AcceptLimits>;
  reserve?: (event: AcceptedEvent) => boolean;
  commit?: () => void;
}

/** An ingester that records its inserts and counts the places that it holds in memory. */
function ingesterWith(given: Given) {
  const inserts: (readonly AcceptedEvent[])[] = [];
  const deadlines: (number | undefined)[] = [];
  const held = new Map<AcceptedEvent, number>();
  const hold = (event: AcceptedEvent, by: number) => held.set(event, (held.get(event) ?? 0) + by);
  const errors: object[] = [];
  const refusals: RefusalReason[] = [];
  const committed: AcceptedEvent[] = [];
  const state = { insert: given.insert ?? stored };
  const insert = (events: readonly AcceptedEvent[], options: InsertOptions | undefined) => {
    inserts.push(events);
    deadlines.push(options?.deadline);
    return state.insert(events, options);
  };
  const ingester = new EventIngester(
    {
      events: { insertMany: insert },
      owners: { ownerCount: 1, findOwner: () => undefined },
      eagerDispatch: {
        reserve: (event) => {
          const isReserved = given.reserve?.(event) ?? true;
          if (isReserved) hold(event, 1);
          return isReserved;
        },
        commit: (batch, isReserved) => {
          for (const event of batch.events) if (isReserved(event)) hold(event, -1);
          committed.push(...batch.events);
          given.commit?.();
        },
        cancel: (event) => hold(event, -1),
      },
      meter: {
        countAccepted: () => {},
        countRefused: (reason) => refusals.push(reason),
        observeBatch: () => {},
      },
      activity: { recordAccepted: () => {} },
      log: {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (fields, message) => errors.push({ ...fields, message }),
      },
    },
    { ...defaultAcceptLimits, ...given.limits },
  );
  /** Every place was given back exactly once, and no event waits. */
  const expectQuiet = async () => {
    await ingester.drain();
    expect([...held.values()].filter((count) => count !== 0)).toEqual([]);
    expect(ingester.load).toEqual({ waiting: { events: 0, bytes: 0, targets: 0 }, inserts: 0 });
  };
  return { ingester, inserts, deadlines, errors, refusals, committed, state, expectQuiet };
}

const many = (count: number, change: Partial<AcceptedEvent> = {}) =>
  Array.from({ length: count }, () => anEvent(change));

/** The result of a publish, and how long it took. */
interface Answer {
  readonly error: TocsinError | undefined;
  readonly ms: number;
}

async function answer(publish: Promise<AcceptedEvent>): Promise<Answer> {
  const startedAt = performance.now();
  const toAnswer = (error?: TocsinError): Answer => ({ error, ms: performance.now() - startedAt });
  try {
    await publish;
    return toAnswer();
  } catch (error) {
    if (isTocsinError(error)) return toAnswer(error);
    throw error;
  }
}

const notStored = /^the event was not stored: .+; publish it again in 2 s$/;
const mayBeStored = /may be stored; publish again with the same idempotency key$/;
const countMatching = (answers: readonly Answer[], message: RegExp) =>
  answers.filter(({ error }) => error !== undefined && message.test(error.message)).length;

describe('an insert', () => {
  it('has at most 500 events, 4 MiB of data and 2,000 targets', async () => {
    const { ingester, inserts, expectQuiet } = ingesterWith({});
    const targets = Array.from({ length: 30 }, (_, index) => `wh_${index}`);
    await Promise.all(
      [
        ...many(1_200),
        ...many(100, { accountId: 'acc_b', dataText: `"${'x'.repeat(190_000)}"` }),
        ...many(200, { accountId: 'acc_c', targets }),
      ].map((event) => ingester.accept(event)),
    );
    for (const group of inserts) {
      const sum = (weigh: (event: AcceptedEvent) => number) =>
        group.reduce((total, event) => total + weigh(event), 0);
      expect(group.length).toBeLessThanOrEqual(500);
      expect(sum((event) => Buffer.byteLength(event.dataText))).toBeLessThanOrEqual(4 * 1024 * 1024);
      expect(sum((event) => event.targets.length)).toBeLessThanOrEqual(2_000);
    }
    expect(inserts.flat()).toHaveLength(1_500);
    await expectQuiet();
  });

  it('counts the bytes of UTF-8, not the characters', async () => {
    const { ingester, inserts } = ingesterWith({ limits: { maxBatchBytes: 100 } });
    await Promise.all(many(2, { dataText: '€'.repeat(20) }).map((event) => ingester.accept(event)));
    expect(inserts).toHaveLength(2);
  });

  it('of an event with more targets than the limit has this event alone', async () => {
    const { ingester, inserts } = ingesterWith({});
    const wide = anEvent({ targets: Array.from({ length: 5_000 }, (_, index) => `wh_${index}`) });
    await Promise.all([...many(3), wide, ...many(3)].map((event) => ingester.accept(event)));
    expect(inserts.find((group) => group.includes(wide))).toEqual([wide]);
    expect(inserts.flat()).toHaveLength(7);
  });
});

describe('an event that makes an insert fail', () => {
  const poison = (event: AcceptedEvent) => event.dataText === 'poison';
  const rejecting =
    (error: () => Error): Insert =>
    async (events, options) => {
      if (events.some(poison)) throw error();
      return await stored(events, options);
    };

  it.each([
    ['the driver', () => new RangeError('offset is out of range'), 'INTERNAL'],
    ['mongod', () => new Error('BSONObj size is invalid'), 'INTERNAL'],
    ['the store', () => apiError('PAYLOAD_TOO_LARGE', 'too large'), 'PAYLOAD_TOO_LARGE'],
  ])('because of %s gets its own error, and all others are stored', async (_, error, code) => {
    const { ingester, committed, errors, expectQuiet } = ingesterWith({ insert: rejecting(error) });
    const bad = many(3, { dataText: 'poison' });
    const good = many(97);
    const events = good.toSpliced(0, 0, ...bad.slice(0, 1)).toSpliced(50, 0, ...bad.slice(1));
    const answers = await Promise.all(events.map((event) => answer(ingester.accept(event))));
    const failed = events.filter((__, index) => answers[index]?.error !== undefined);
    expect(failed).toEqual(bad);
    expect(new Set(answers.map((one) => one.error?.code))).toEqual(new Set([undefined, code]));
    await expectQuiet();
    expect(new Set(committed)).toEqual(new Set(good));
    expect(errors).toHaveLength(code === 'INTERNAL' ? 3 : 0);
  });

  it('gets an internal error without the message of its cause, which the log has', async () => {
    const { ingester, errors } = ingesterWith({
      insert: rejecting(() => new Error('secret of the database')),
    });
    const event = anEvent({ dataText: 'poison' });
    const { error } = await answer(ingester.accept(event));
    expect(error?.message).toBe(
      `an unexpected error kept the event from being stored; search the logs for ${event.id}`,
    );
    expect(errors).toMatchObject([{ eventId: event.id, err: { message: 'secret of the database' } }]);
  });

  it('does not decide over another event with its idempotency key', async () => {
    const { ingester, inserts } = ingesterWith({ insert: rejecting(() => new RangeError('too large')) });
    const [bad, good] = [
      anEvent({ idempotencyKey: 'k', dataText: 'poison' }),
      anEvent({ idempotencyKey: 'k' }),
    ];
    const answers = await Promise.all([bad, good].map((event) => answer(ingester.accept(event))));
    expect(answers.map(({ error }) => error?.code)).toEqual(['INTERNAL', undefined]);
    expect(inserts).toEqual([[bad], [good]]);
  });
});

describe('a database that is away', () => {
  it('fails only the events of its insert, without a second try', async () => {
    const isAway = (event: AcceptedEvent) => event.accountId === 'acc_a';
    const { ingester, inserts, expectQuiet } = ingesterWith({
      limits: { maxBatchEvents: 5 },
      insert: (events, options) =>
        events.some(isAway) ? Promise.reject(apiError('UNAVAILABLE', 'away')) : stored(events, options),
    });
    const events = [...many(5), ...many(5, { accountId: 'acc_b' })];
    const answers = await Promise.all(events.map((event) => answer(ingester.accept(event))));
    expect(answers.map(({ error }) => error !== undefined)).toEqual(events.map(isAway));
    expect(countMatching(answers, mayBeStored)).toBe(5);
    expect(inserts).toHaveLength(2);
    await expectQuiet();
  });
});

describe('an idempotency key that several events of one batch have', () => {
  it('is inserted once, and the others get the first event or a conflict', async () => {
    const { ingester, inserts, expectQuiet } = ingesterWith({});
    const [first, same, other] = [
      anEvent({ idempotencyKey: 'k' }),
      anEvent({ idempotencyKey: 'k' }),
      anEvent({ idempotencyKey: 'k', dataText: '{}' }),
    ];
    const elsewhere = anEvent({ idempotencyKey: 'k', appId: 'app_other' });
    const results = await Promise.allSettled(
      [first, same, elsewhere, other].map((event) => ingester.accept(event)),
    );
    expect(results).toMatchObject([
      { value: first },
      { value: first },
      { value: elsewhere },
      { reason: { code: 'IDEMPOTENCY_CONFLICT' } },
    ]);
    expect(inserts).toEqual([[first, elsewhere]]);
    await expectQuiet();
  });

  it('shares the outcome of an insert that is not confirmed', async () => {
    const { ingester, inserts } = ingesterWith({
      insert: () => Promise.reject(apiError('UNAVAILABLE', 'away')),
    });
    const answers = await Promise.all(
      many(3, { idempotencyKey: 'k' }).map((event) => answer(ingester.accept(event))),
    );
    expect(countMatching(answers, mayBeStored)).toBe(3);
    expect(inserts).toHaveLength(1);
  });
});

it('says of an event whose place a tombstone has taken that it is not stored', async () => {
  const { ingester, committed, refusals, expectQuiet } = ingesterWith({
    insert: ([late, ...others]) =>
      Promise.resolve({
        batches: [{ id: others[0]?.id ?? '', events: others }],
        duplicates: new Map(),
        tooLate: new Set([late?.id ?? '']),
      }),
  });
  const events = many(3);
  const answers = await Promise.all(events.map((event) => answer(ingester.accept(event))));
  expect(answers.map(({ error }) => error?.code)).toEqual(['UNAVAILABLE', undefined, undefined]);
  expect(countMatching(answers, notStored)).toBe(1);
  await expectQuiet();
  expect(committed).toEqual(events.slice(1));
  expect(refusals).toEqual(['too_slow']);
});

describe('places in memory', () => {
  it('are given back when reserving fails', async () => {
    let calls = 0;
    const { ingester, expectQuiet } = ingesterWith({
      reserve: () => {
        if (++calls === 2) throw new Error('a bug');
        return true;
      },
    });
    const answers = await Promise.all(many(3).map((event) => answer(ingester.accept(event))));
    // The three are tried again one by one.
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    await expectQuiet();
  });

  it('are given back once when dispatching fails, and the events are accepted', async () => {
    const { ingester, errors, inserts, expectQuiet } = ingesterWith({
      commit: () => {
        throw new Error('a bug');
      },
    });
    const events = many(2);
    expect(await Promise.all(events.map((event) => ingester.accept(event)))).toEqual(events);
    await expectQuiet();
    expect(errors).toMatchObject([{ message: 'stored events could not be dispatched' }]);
    expect(inserts).toHaveLength(1);
  });
});

describe('a database that responds too slowly', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Longer than events gather beside an insert. */
  const flush = () => vi.advanceTimersByTimeAsync(11);

  it('keeps none of 4,000 publishers for 10 s, and says which events may be stored', async () => {
    const { ingester, inserts, refusals, expectQuiet } = ingesterWith({ insert: never });
    const answers = Promise.all(many(4_000).map((event) => answer(ingester.accept(event))));
    await vi.advanceTimersByTimeAsync(9_000);
    const settled = await answers;
    expect(Math.max(...settled.map(({ ms }) => ms))).toBeLessThan(9_000);
    expect(countMatching(settled, mayBeStored)).toBe(1_000);
    expect(countMatching(settled, notStored)).toBe(3_000);
    expect(refusals).toHaveLength(3_000);
    expect(new Set(refusals)).toEqual(new Set(['too_slow']));
    expect(inserts.flat()).toHaveLength(1_000);
    for (const { error } of settled)
      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
    await expectQuiet();
  });

  it('answers each publisher by its own deadline, and gives the insert the time of the last', async () => {
    const { ingester, deadlines, expectQuiet } = ingesterWith({ insert: never });
    const now = performance.now();
    const early = answer(ingester.accept(anEvent(), now + 2_000));
    const late = answer(ingester.accept(anEvent(), now + 6_000));
    await vi.advanceTimersByTimeAsync(2_100);
    expect(await early).toMatchObject({ error: { message: expect.stringMatching(mayBeStored) as unknown } });
    await vi.advanceTimersByTimeAsync(4_000);
    const { ms } = await late;
    expect(ms).toBeGreaterThan(5_900);
    expect(ms).toBeLessThan(6_100);
    expect(deadlines).toEqual([now + 6_000]);
    await expectQuiet();
  });

  it('refuses at once what it cannot start in time', async () => {
    const { ingester, inserts, refusals } = ingesterWith({});
    const { error, ms } = await answer(ingester.accept(anEvent(), performance.now() + 900));
    expect([ms, error?.message]).toEqual([0, expect.stringMatching(notStored)]);
    expect([inserts, refusals]).toEqual([[], ['too_slow']]);
  });

  it('refuses all accounts at once when no insert ends, and accepts again when one does', async () => {
    const ends: (() => void)[] = [];
    const { ingester, state, refusals, expectQuiet } = ingesterWith({
      insert: (events, options) =>
        new Promise((resolve) => ends.push(() => resolve(stored(events, options)))),
    });
    const open = [answer(ingester.accept(anEvent()))];
    await flush();
    open.push(answer(ingester.accept(anEvent())));
    await vi.advanceTimersByTimeAsync(2_900);
    open.push(answer(ingester.accept(anEvent())));
    await vi.advanceTimersByTimeAsync(200);
    const refused = await answer(ingester.accept(anEvent({ accountId: 'acc_other' })));
    expect([refused.ms, refused.error?.message]).toEqual([0, expect.stringMatching(notStored)]);
    expect(refusals).toEqual(['stalled']);
    state.insert = stored;
    for (const end of ends) end();
    await flush();
    expect((await Promise.all(open)).map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(await Promise.all([ingester.accept(anEvent()), flush()])).toHaveLength(2);
    await expectQuiet();
  });

  it('refuses only the account whose backlog is too old', async () => {
    let endInsert = () => {};
    const { ingester, expectQuiet } = ingesterWith({
      limits: { maxBatchEvents: 10 },
      // Slow, but it goes on.
      insert: (events, options) =>
        new Promise((resolve) => {
          endInsert = () => resolve(stored(events, options));
          setTimeout(endInsert, 1_000);
        }),
    });
    const busy = many(200).map((event) => answer(ingester.accept(event)));
    await vi.advanceTimersByTimeAsync(4_500);
    const refused = await answer(ingester.accept(anEvent()));
    expect([refused.ms, refused.error?.message]).toEqual([0, expect.stringMatching(notStored)]);
    const calm = answer(ingester.accept(anEvent({ accountId: 'acc_calm' })));
    await vi.advanceTimersByTimeAsync(9_000);
    const { error, ms } = await calm;
    expect(error).toBeUndefined();
    expect(ms).toBeLessThan(3_000);
    const answers = await Promise.all(busy);
    expect(Math.max(...answers.map((one) => one.ms))).toBeLessThan(9_000);
    expect(countMatching(answers, mayBeStored)).toBe(0);
    await expectQuiet();
  });

  it('gives an account a share of the queue, and no account all of it', async () => {
    const limits = { maxBatchEvents: 10, maxWaitingEvents: 100, maxWaitingBytes: 1_000_000 };
    const { ingester, refusals, expectQuiet } = ingesterWith({ limits, insert: never });
    const first = many(20).map((event) => answer(ingester.accept(event)));
    await flush();
    const hog = many(200).map((event) => answer(ingester.accept(event)));
    const other = many(5, { accountId: 'acc_b' }).map((event) => answer(ingester.accept(event)));
    await flush();
    expect(ingester.load).toMatchObject({ waiting: { events: 55, targets: 55 }, inserts: 2 });
    await vi.advanceTimersByTimeAsync(9_000);
    const refused = (await Promise.all(hog)).filter(({ ms }) => ms === 0);
    expect(countMatching(refused, /too many events of the account/)).toBe(150);
    expect(refusals.filter((reason) => reason === 'queue_full')).toHaveLength(150);
    expect((await Promise.all(other)).every(({ ms }) => ms > 0)).toBe(true);
    await Promise.all(first);
    await expectQuiet();
  });

  it('starts no further insert after the deadline', async () => {
    const { ingester, inserts, expectQuiet } = ingesterWith({
      insert: () => new Promise((_, reject) => setTimeout(() => reject(new RangeError('too large')), 1_500)),
    });
    const deadline = performance.now() + 2_000;
    const answers = Promise.all(many(4).map((event) => answer(ingester.accept(event, deadline))));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(countMatching(await answers, mayBeStored)).toBe(4);
    expect(inserts.map(({ length }) => length)).toEqual([4, 2]);
    await expectQuiet();
  });

  it('sends nothing from memory when an insert ends after its deadline', async () => {
    const ends: (() => void)[] = [];
    const { ingester, committed, expectQuiet } = ingesterWith({
      insert: (events, options) =>
        new Promise((resolve) => ends.push(() => resolve(stored(events, options)))),
    });
    const accepted = answer(ingester.accept(anEvent()));
    await vi.advanceTimersByTimeAsync(9_000);
    for (const end of ends) end();
    await flush();
    expect((await accepted).error?.message).toMatch(mayBeStored);
    expect(committed).toEqual([]);
    await expectQuiet();
    expect(await Promise.race([ingester.drain().then(() => 'drained'), flush()])).toBe('drained');
  });
});
