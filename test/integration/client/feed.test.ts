import { createTocsinClient, type FeedRetry, type TocsinClientOptions } from '@tocsin/client';
import { describe, expect, it } from 'vitest';
import { feedDouble, type FeedItem } from './feed-double.ts';

const quick = { token: 'tsk_1', retry: { retries: 1, baseDelayMs: 1, maxDelayMs: 5 } };

const item = (n: number, type = 'user.ban'): FeedItem => ({ id: `evt_${n}`, type });
const items = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => item(from + n));
const ids = (from: number, to: number) => items(from, to).map(({ id }) => id);

describe('the feed of an app', () => {
  it('is read in pages, with types, and with a wait that fits into the time limit of a request', async () => {
    await using server = await feedDouble();
    server.append(item(1), item(2, 'user.login'), item(3));
    const tocsin = createTocsinClient({ ...quick, url: server.url, attemptTimeoutMs: 2_000 });
    const feed = tocsin.feed('app_1');
    const first = await feed.read({ types: ['user.ban'], limit: 1 });
    expect(first).toMatchObject({
      items: [{ id: 'evt_1', type: 'user.ban', data: { userId: 'u' } }],
      hasMore: true,
    });
    const rest = await feed.read({ after: first.cursor, waitMs: 30_000 });
    expect(rest.items.map(({ id, type }) => [id, type])).toEqual([
      ['evt_2', 'unknown'],
      ['evt_3', 'user.ban'],
    ]);
    expect(server.reads[1]).toMatchObject({ appId: 'app_1', waitMs: 1_600 });
    await tocsin.close();
    await expect(feed.read()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('lists and deletes its consumers', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    const feed = tocsin.client.feed('app_1');
    await feed.consumer('billing', { commit: 'manual' }).commit('cursor0000000001');
    expect(await feed.consumers()).toMatchObject([{ consumer: 'billing', cursor: 'cursor0000000001' }]);
    await feed.deleteConsumer('billing');
    expect(await feed.consumers()).toEqual([]);
  });
});

describe('a consumer', () => {
  it('handles each event in order, stores its cursor, and continues there', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(...items(1, 25));
    const seen: string[] = [];
    const stop = new AbortController();
    const consumer = tocsin.client.feed('app_1').consumer('billing', { batchSize: 10 });
    const running = consumer.run(({ id }) => void seen.push(id), { signal: stop.signal });
    await expect.poll(() => server.committed('billing')).toBe(25);
    server.append(item(26));
    await expect.poll(() => server.committed('billing')).toBe(26);
    stop.abort();
    await running;
    expect(seen).toEqual(ids(1, 26));

    server.append(item(27));
    for await (const { id } of tocsin.client.feed('app_1').consumer('billing')) {
      seen.push(id);
      break;
    }
    expect(seen).toEqual(ids(1, 27));
    // Left in the middle, so the event was not handled.
    expect(server.committed('billing')).toBe(26);
  });

  it('stores the position of events of other types, too', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(item(1), item(2, 'user.login'), item(3, 'user.login'));
    const consumer = tocsin.client.feed('app_1').consumer('bans', { types: ['user.ban'] });
    const seen: string[] = [];
    const running = consumer.run(({ id }) => void seen.push(id));
    await expect.poll(() => server.committed('bans')).toBe(3);
    await consumer.close();
    await running;
    expect(seen).toEqual(['evt_1']);
  });

  it('starts at the newest event, and stores that position before the first one', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(...items(1, 3));
    const first = tocsin.client.feed('app_1').consumer('new', { start: 'newest' });
    const running = first.run(() => undefined);
    await expect.poll(() => server.committed('new')).toBe(3);
    await first.close();
    await running;
    server.append(item(4));
    for await (const { id } of tocsin.client.feed('app_1').consumer('new', { start: 'newest' })) {
      expect(id).toBe('evt_4');
      break;
    }
  });

  it('does not lose an event whose handler fails, and stores those before it', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(...items(1, 5));
    const consumer = tocsin.client.feed('app_1').consumer('billing');
    const handler = ({ id }: { readonly id: string }) => {
      if (id === 'evt_3') throw new Error('no money');
    };
    await expect(consumer.run(handler)).rejects.toThrow('no money');
    expect(server.committed('billing')).toBe(2);
    // The same consumer can run again.
    const seen: string[] = [];
    const running = consumer.run(({ id }) => void seen.push(id));
    await expect.poll(() => server.committed('billing')).toBe(5);
    await consumer.close();
    await running;
    expect(seen).toEqual(ids(3, 5));
  });

  it('passes batches, and stores the cursor after them', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(...items(1, 25));
    const batches: number[] = [];
    const consumer = tocsin.client.feed('app_1').consumer('billing', { batchSize: 10 });
    const running = consumer.runBatches((events) => void batches.push(events.length));
    await expect.poll(() => server.committed('billing')).toBe(25);
    await consumer.close();
    await running;
    expect(batches).toEqual([10, 10, 5]);
  });

  it('holds two pages at most, however slow its handler is', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(...items(1, 100));
    const { promise, resolve } = withResolvers();
    const consumer = tocsin.client.feed('app_1').consumer('slow', { batchSize: 10 });
    const running = consumer.run(async () => await promise);
    await expect.poll(() => server.reads.length).toBe(2);
    // Another page would be asked for only when the first one is handled.
    await tocsin.client.feed('app_1').consumers();
    expect(server.reads).toHaveLength(2);
    const closed = consumer.close();
    resolve();
    await Promise.all([closed, running]);
    // The handler in progress was awaited, and no further one was started.
    expect(server.committed('slow')).toBe(1);
  });

  it('ends after the handler in progress when the client closes, and stores its cursor', async () => {
    await using server = await feedDouble();
    const client = createTocsinClient({ ...quick, url: server.url });
    server.append(...items(1, 3));
    const { promise, resolve } = withResolvers();
    const { promise: started, resolve: start } = withResolvers();
    const running = client
      .feed('app_1')
      .consumer('billing')
      .run(async () => {
        start();
        await promise;
      });
    await started;
    await client.close();
    resolve();
    await running;
    expect(server.committed('billing')).toBe(1);
    await expect(
      client
        .feed('app_1')
        .consumer('billing')
        .run(() => undefined),
    ).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  it('leaves the cursor to the caller with commit: manual, and starts after a cursor of the caller', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(...items(1, 5));
    const seen: string[] = [];
    const consumer = tocsin.client
      .feed('app_1')
      .consumer('own', { commit: 'manual', after: 'cursor0000000002', batchSize: 2 });
    for await (const { id, cursor } of consumer) {
      seen.push(id);
      if (id === 'evt_4') await consumer.commit(cursor);
      if (id === 'evt_5') break;
    }
    expect(seen).toEqual(ids(3, 5));
    expect(server.commits).toMatchObject([{ cursor: 'cursor0000000004', expectedCursor: null }]);
  });

  it('fails with CONFLICT if another process moves its cursor', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    server.append(item(1));
    const [one, other] = [0, 1].map(() => tocsin.client.feed('app_1').consumer('billing'));
    const first = one?.run(() => undefined);
    await expect.poll(() => server.committed('billing')).toBe(1);
    const second = other?.run(() => undefined);
    await expect.poll(() => server.reads.length).toBeGreaterThanOrEqual(3);
    server.append(item(2));
    // The one that stores its cursor first goes on. The other one stops.
    const error: unknown = await Promise.race([first, second]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      serverCode: 'CONFLICT',
      retryable: false,
      message: expect.stringContaining(
        'consumer billing of app_1; run each consumer in one process',
      ) as string,
    });
    await Promise.allSettled([one?.close(), other?.close()]);
    const results = await Promise.allSettled([first, second]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('stores cursors one after another, also if they are committed at once', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    const consumer = tocsin.client.feed('app_1').consumer('own', { commit: 'manual' });
    const cursors = ['cursor0000000001', 'cursor0000000002', 'cursor0000000003'];
    await Promise.all(cursors.map(async (cursor) => await consumer.commit(cursor)));
    expect(server.commits.map(({ cursor }) => cursor)).toEqual(cursors);
  });

  it('does not run twice at a time', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    const consumer = tocsin.client.feed('app_1').consumer('billing');
    const running = consumer.run(() => undefined);
    await expect.poll(() => server.reads.length).toBe(1);
    await expect(consumer.run(() => undefined)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await consumer.close();
    await running;
  });

  it('survives lost responses, cut connections and a server that is away: each event once', async () => {
    const faults = ['cut', 'lost', 'unavailable'] as const;
    await using server = await feedDouble({
      fault: (_path, n) => (n % 2 === 0 ? faults[(n / 2) % 3] : undefined),
    });
    await using tocsin = disposable(server.url);
    server.append(...items(1, 200));
    const seen: string[] = [];
    const retries: FeedRetry[] = [];
    const consumer = tocsin.client.feed('app_1').consumer('billing', {
      batchSize: 10,
      commitIntervalMs: 0,
      onRetry: (retry) => {
        retries.push(retry);
        throw new Error('ignored');
      },
    });
    const running = consumer.run(({ id }) => void seen.push(id));
    await expect.poll(() => server.committed('billing'), { timeout: 20_000 }).toBe(200);
    await consumer.close();
    await running;
    expect(seen).toEqual(ids(1, 200));
    expect(server.commits.length).toBeGreaterThan(20);
  });

  it('pauses when the server ends its waits early', async () => {
    await using server = await feedDouble();
    server.stopWaits();
    // No second read during the test, because the pause is longer.
    const retry = { ...quick.retry, baseDelayMs: 60_000, maxDelayMs: 60_000 };
    await using tocsin = disposable(server.url, { retry });
    const consumer = tocsin.client.feed('app_1').consumer('billing');
    const running = consumer.run(() => undefined);
    await expect.poll(() => server.reads.length).toBe(1);
    for (let calls = 0; calls < 5; calls++) await tocsin.client.feed('app_1').consumers();
    expect(server.reads).toHaveLength(1);
    await consumer.close();
    await running;
  });

  it('ends at once when its iterator is told to, also while it waits for an event', async () => {
    await using server = await feedDouble();
    await using tocsin = disposable(server.url);
    const iterator = tocsin.client.feed('app_1').consumer('billing')[Symbol.asyncIterator]();
    const next = iterator.next();
    await expect.poll(() => server.reads.length).toBe(1);
    await iterator.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it.each(['feed.consumers', 'feed.read', 'feed.commit'])('fails at once if %s is denied', async (denied) => {
    await using server = await feedDouble({ fault: (path) => (path === denied ? 'denied' : undefined) });
    await using tocsin = disposable(server.url);
    server.append(item(1));
    const running = tocsin.client
      .feed('app_1')
      .consumer('billing')
      .run(() => undefined);
    await expect(running).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
  });
});

/** A client that is closed at the end of the test. */
function disposable(url: string, more: Partial<TocsinClientOptions> = {}) {
  const client = createTocsinClient({ ...quick, ...more, url });
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

/** A promise with the function that resolves it. */
function withResolvers() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
