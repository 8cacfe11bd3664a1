import { describe, expect, it } from 'vitest';
import type { FeedReadInput } from '@tocsin/shared';
import { originPosition, positionAfterTime } from '../../../../server/src/domain/feed-position.ts';
import type { FeedEvent } from '../../../../server/src/domain/ports/event-feed.ts';
import type {
  FeedConsumerCommit,
  FeedConsumerStore,
} from '../../../../server/src/domain/ports/feed-consumers.ts';
import type { FeedLogState } from '../../../../server/src/domain/ports/feed-log.ts';
import type { FeedHistory, HistoryPage } from '../../../../server/src/services/feed/feed-history.ts';
import { FeedService } from '../../../../server/src/services/feed/feed-service.ts';
import type { FeedTail, TailPage } from '../../../../server/src/services/feed/feed-tail.ts';
import { accessTo, keyActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const start = new FakeClock().now();
const at = (second: number) => positionAfterTime({ seconds: start / 1_000 + second, increment: 1 });
const state: FeedLogState = {
  firstId: '',
  completeTo: at(0),
  eras: [{ era: 1, after: originPosition, from: originPosition }],
};

const item = (n: number) => {
  const event: FeedEvent = {
    id: `evt_${n}`,
    appId: 'app_a',
    accountId: 'acc_a',
    type: 'user.login',
    timestamp: '2026-01-01T00:00:00.000Z',
    acceptedAt: start,
    dataText: `{"n":${n}}`,
  };
  return { cursor: at(n), event };
};

const emptyTail: TailPage = { items: [], position: at(0), hasMore: false };

interface Given {
  readonly page?: HistoryPage;
  readonly tail?: TailPage;
  readonly consumers?: Partial<FeedConsumerStore>;
  /** The states of the log, one after the other. The last one stays. */
  readonly states?: readonly (FeedLogState | undefined)[];
}

function serviceOver({ page, tail = emptyTail, consumers = {}, states = [state] }: Given = {}) {
  const clock = new FakeClock();
  const left = [...states];
  const seen = { used: [] as number[], woken: 0, counted: [] as number[], gated: 0, refreshed: 0 };
  const read: unknown[] = [];
  const tailed: unknown[] = [];
  let known: FeedLogState | undefined;
  const history: Pick<FeedHistory, 'state' | 'refresh' | 'toCovered' | 'readPage'> = {
    get state() {
      return known;
    },
    refresh: () => {
      seen.refreshed++;
      known = left.length > 1 ? left.shift() : left[0];
      return Promise.resolve(known);
    },
    toCovered: (_, position) => position,
    readPage: (_, filter, after, limits) => {
      read.push([filter, after, limits]);
      return Promise.resolve(page ?? { items: [], position: at(0), isAtEnd: true });
    },
  };
  const service = new FeedService({
    feedLog: { use: (now) => Promise.resolve(void seen.used.push(now)) },
    history: history as FeedHistory, // `as`: a class with private fields
    tail: {
      read: (_actor: unknown, query: unknown) => {
        tailed.push(query);
        return Promise.resolve(tail);
      },
    } as unknown as FeedTail,
    consumers: {
      list: () => Promise.resolve([]),
      find: () => Promise.resolve(undefined),
      commit: () => Promise.resolve('committed'),
      delete: () => Promise.resolve(false),
      ...consumers,
    },
    access: accessTo({ app_a: 'acc_a', app_b: 'acc_b' }),
    gate: {
      run: async (_, work) => {
        seen.gated++;
        return await work();
      },
    },
    clock,
    wakeWriter: () => void seen.woken++,
    onEvents: (count) => void seen.counted.push(count),
  });
  const signal = new AbortController().signal;
  const readFeed = async (input: Partial<FeedReadInput> = {}, actor = keyActor(), until = signal) =>
    await service.read(actor, { appId: 'app_a', limit: 5, waitMs: 0, start: 'newest', ...input }, until);
  return { service, readFeed, clock, seen, read, tailed };
}

describe('a read of the feed', () => {
  it('has a page of the log after the cursor, and the cursor of the next one', async () => {
    const page = { items: [item(-3), item(-2)], position: at(-1), isAtEnd: false };
    const { readFeed, seen, read, tailed } = serviceOver({ page });
    expect(await readFeed({ after: at(-4), types: ['user.*'] })).toEqual({
      items: [-3, -2].map((n) => ({
        id: `evt_${n}`,
        appId: 'app_a',
        type: 'user.login',
        timestamp: '2026-01-01T00:00:00.000Z',
        data: { n },
        cursor: at(n),
      })),
      cursor: at(-1),
      hasMore: true,
    });
    expect(read).toEqual([
      [{ accountId: 'acc_a', appId: 'app_a', types: ['user.*'] }, at(-4), { events: 5, bytes: 4_194_304 }],
    ]);
    expect(seen).toMatchObject({ counted: [2], gated: 1 });
    expect(tailed).toEqual([]);
  });

  it('continues at the end of the log with what is committed since', async () => {
    const page = { items: [item(-1)], position: at(0), isAtEnd: true };
    const tail = { items: [item(-1), item(1)], position: at(2), hasMore: false };
    const { readFeed, seen, tailed } = serviceOver({ page, tail });
    const found = await readFeed({ after: at(-2), waitMs: 700 });
    expect(found).toMatchObject({
      items: [{ id: 'evt_-1' }, { id: 'evt_1' }],
      cursor: at(2),
      hasMore: false,
    });
    expect(tailed).toMatchObject([{ after: at(0), waitMs: 700, items: page.items }]);
    expect(seen.counted).toEqual([2]);
  });

  it('begins at the cursor, else where the consumer is, else where the caller says', async () => {
    const consumers = {
      find: (_: string, name: string) =>
        Promise.resolve(name === 'known' ? { name, cursor: at(-9), updatedAt: 0 } : undefined),
    };
    const { readFeed, read, tailed } = serviceOver({ consumers });
    await readFeed({ after: at(-8), consumer: 'known' });
    await readFeed({ consumer: 'known', start: 'oldest' });
    await readFeed({ consumer: 'new', start: 'oldest' });
    expect(read.map((call) => (call as unknown[])[1])).toEqual([at(-8), at(-9), originPosition]);
    await readFeed({ consumer: 'new' });
    expect(read).toHaveLength(3);
    expect(tailed.at(-1)).toMatchObject({ after: undefined });
  });

  it.each([
    ['no cursor', 'x'],
    ['a time to come', at(6)],
  ])('is rejected after %s, which no page has returned', async (_, after) => {
    const { readFeed, read, seen } = serviceOver();
    await expect(readFeed({ after })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'after: must be a cursor that the feed has returned',
    });
    expect([read, seen.used]).toEqual([[], []]);
    await readFeed({ after: at(5) });
  });

  it('is of an app of the caller, who may read events', async () => {
    const { readFeed } = serviceOver();
    await expect(readFeed({ appId: 'app_b' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(readFeed({}, keyActor('acc_a', ['events:consume']))).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
    await readFeed({}, keyActor('acc_a', ['events:read']));
  });

  it('notes the use of the log once an hour, and reads its state only behind the known end', async () => {
    const { readFeed, clock, seen } = serviceOver();
    await readFeed({ after: at(-5) });
    await readFeed({ after: at(-5) });
    expect(seen).toMatchObject({ refreshed: 1, used: [clock.now()] });
    await readFeed({ after: at(0) });
    await readFeed();
    expect(seen.refreshed).toBe(3);
    clock.advance(3_600_001);
    await readFeed({ after: at(-5) });
    expect(seen).toMatchObject({ refreshed: 3, woken: 0 });
    expect(seen.used).toHaveLength(2);
  });

  it('starts the log that nobody has used yet, and waits for it', async () => {
    const { readFeed, seen } = serviceOver({ states: [undefined, undefined, state] });
    await readFeed();
    expect(seen).toMatchObject({ woken: 1, refreshed: 3 });
    expect(seen.used).toHaveLength(2);
  });

  it('ends when its caller leaves before the log has started', async () => {
    const { readFeed } = serviceOver({ states: [undefined] });
    await expect(readFeed({}, keyActor(), AbortSignal.abort())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterSeconds: 2,
    });
  });
});

describe('a consumer of the feed', () => {
  const input = { appId: 'app_a', consumer: 'billing', cursor: at(-1) };

  it('is stored with its cursor, if the stored one is what the caller expects', async () => {
    const commits: unknown[] = [];
    const commit = (...given: [FeedConsumerCommit, number]) => {
      commits.push(given);
      return Promise.resolve('committed' as const);
    };
    const { service, clock } = serviceOver({ consumers: { commit } });
    expect(await service.commit(keyActor(), { ...input, expectedCursor: null })).toEqual({
      consumer: 'billing',
      cursor: at(-1),
      updatedAt: new Date(clock.now()).toISOString(),
    });
    expect(commits).toEqual([
      [
        {
          appId: 'app_a',
          accountId: 'acc_a',
          name: 'billing',
          cursor: at(-1),
          updatedAt: clock.now(),
          expected: null,
        },
        100,
      ],
    ]);
  });

  it.each([
    ['conflict', 'CONFLICT', 'the stored cursor of consumer billing is another one'],
    ['limit_reached', 'QUOTA_EXCEEDED', 'app app_a already has 100 consumers'],
  ] as const)('is not stored after a %s', async (result, code, message) => {
    const { service } = serviceOver({ consumers: { commit: () => Promise.resolve(result) } });
    await expect(service.commit(keyActor(), input)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('is not stored at a cursor that the feed has not returned', async () => {
    const { service } = serviceOver();
    await expect(service.commit(keyActor(), { ...input, cursor: 'x' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'cursor: must be a cursor that the feed has returned',
    });
  });

  it('is listed with the time that it has read to', async () => {
    const stored = (cursor: string) => ({ name: 'billing', cursor, updatedAt: start });
    const { service } = serviceOver({
      consumers: { list: () => Promise.resolve([stored(at(-60)), stored(originPosition), stored('old')]) },
    });
    const { items } = await service.listConsumers(keyActor(), 'app_a');
    expect(items.map(({ readTo }) => readTo)).toEqual([new Date(start - 60_000).toISOString(), null, null]);
    expect(items[0]).toMatchObject({ consumer: 'billing', updatedAt: new Date(start).toISOString() });
  });

  it('is deleted once', async () => {
    const { service } = serviceOver({
      consumers: { delete: (_, name) => Promise.resolve(name === 'billing') },
    });
    await service.deleteConsumer(keyActor(), 'app_a', 'billing');
    await expect(service.deleteConsumer(keyActor(), 'app_a', 'other')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'app app_a has no consumer other',
    });
  });

  it('is changed by callers who may consume, and listed by those who may read', async () => {
    const { service } = serviceOver();
    const [reader, consumer] = [keyActor('acc_a', ['events:read']), keyActor('acc_a', ['events:consume'])];
    const missing = { code: 'SCOPE_MISSING' };
    await expect(service.commit(reader, input)).rejects.toMatchObject(missing);
    await expect(service.deleteConsumer(reader, 'app_a', 'billing')).rejects.toMatchObject(missing);
    await expect(service.listConsumers(consumer, 'app_a')).rejects.toMatchObject(missing);
    await service.commit(consumer, input);
    await service.listConsumers(reader, 'app_a');
  });
});
