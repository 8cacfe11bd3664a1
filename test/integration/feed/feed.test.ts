import { describe, expect, it } from 'vitest';
import { openEventStream } from '../../support/event-stream.ts';
import { publishSome, readAll } from '../../support/feed.ts';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();

const idsOf = ({ items }: { readonly items: readonly { readonly id: string }[] }) =>
  items.map(({ id }) => id);

/** A cursor of a time that no oplog reaches back to. */
const ancient = '5E0BE100000000010001';

describe('feed.read', () => {
  it('returns the events of an app in order, page by page, and waits at its end', async () => {
    const appId = await app.createApp();
    const ids = await publishSome(app, appId, 5);
    const first = await app.call('feed.read', { appId, limit: 2 });
    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    expect(first.hasMore).toBe(true);
    const second = await app.call('feed.read', { appId, after: first.cursor });
    expect(idsOf(second)).toEqual(ids.slice(2));
    expect(second.hasMore).toBe(false);
    // Every event has a cursor of its own.
    const [{ cursor } = { cursor: '' }] = first.items;
    expect(idsOf(await readAll(app, { appId, after: cursor }))).toEqual(ids.slice(1));
    const waiting = app.call('feed.read', { appId, after: second.cursor, waitMs: 10_000 });
    const [late] = await publishSome(app, appId, 1);
    const third = await waiting;
    expect(idsOf(third)).toEqual([late]);
    expect(third.items[0]).toMatchObject({ appId, type: 'user.login', data: { userId: 'usr_1', appId } });
  });

  it('returns at once if nothing is new, and begins with new events for a consumer that wants no others', async () => {
    const appId = await app.createApp();
    await publishSome(app, appId, 2);
    const page = await app.call('feed.read', { appId, start: 'newest' });
    expect(page).toMatchObject({ items: [], hasMore: false });
    const [late] = await publishSome(app, appId, 1);
    expect(idsOf(await readAll(app, { appId, after: page.cursor }, 1))).toEqual([late]);
  });

  it('returns events of types and patterns, and passes the others', async () => {
    const appId = await app.createApp();
    const [login] = await publishSome(app, appId, 1);
    const license = await app.call('events.publish', {
      appId,
      event: 'license.revoked',
      data: { licenseKey: 'ABCD', status: 'revoked' },
    });
    const [last] = await publishSome(app, appId, 1);
    expect(idsOf(await readAll(app, { appId, types: ['license.*'] }))).toEqual([license.id]);
    expect(idsOf(await readAll(app, { appId, types: ['user.login'] }))).toEqual([login, last]);
    const none = await readAll(app, { appId, types: ['license.created'] });
    expect(none.items).toEqual([]);
    expect(idsOf(await readAll(app, { appId, after: none.cursor }))).toEqual([]);
  });

  it('is a route of the REST API', async () => {
    const appId = await app.createApp();
    const ids = await publishSome(app, appId, 3);
    const path = `/api/v1/apps/${appId}/feed`;
    const { status, json } = await app.rest('GET', `${path}?limit=2&types=user.*&types=license.created`);
    expect({ status, json }).toMatchObject({ status: 200, json: { hasMore: true } });
    const { items, cursor } = json as { items: { id: string }[]; cursor: string }; // the page above
    expect(idsOf({ items })).toEqual(ids.slice(0, 2));
    const rest = await app.rest('GET', `${path}?after=${cursor}&waitMs=10000`);
    expect(rest.json).toMatchObject({ items: [{ id: ids[2] }], hasMore: false });
  });

  it('rejects cursors that it has not returned', async () => {
    const appId = await app.createApp();
    const future = `${(Math.floor(Date.now() / 1000) + 3_600).toString(16).toUpperCase()}000000010001`;
    for (const after of ['x'.repeat(20), future, '82' + '0'.repeat(18) + 'G', 'short']) {
      const { status, error } = await app.trpc('feed.read', { appId, after });
      expect({ after, status, code: error?.data.tocsin.code }).toEqual({
        after,
        status: 400,
        code: 'INVALID_INPUT',
      });
    }
    // Older than everything that is kept: begins with what there is.
    const ids = await publishSome(app, appId, 2);
    expect(idsOf(await readAll(app, { appId, after: ancient }, 2))).toEqual(ids);
  });

  it('ends a wait without events when its key is revoked or its app deleted', async () => {
    const accountId = await app.createAccount();
    const appId = await app.createApp({ accountId });
    const start = await app.call('feed.read', { appId, start: 'newest' });
    const { id, key } = await app.createKey({ accountId, scopes: ['events:read'] });
    const wait = async (token: string) =>
      await app.trpc('feed.read', { appId, after: start.cursor, waitMs: 20_000 }, { token });
    const waitingReads = async () =>
      /^tocsin_feed_waiting (\d+)$/m.exec((await app.rest('GET', '/metrics')).text)?.[1];
    const ofKey = wait(key);
    await expect.poll(waitingReads).toBe('1');
    await app.call('keys.revoke', { id });
    expect((await ofKey).data).toMatchObject({ items: [] });
    expect((await wait(key)).status).toBe(401);
    const ofApp = wait(app.rootToken);
    await expect.poll(waitingReads).toBe('1');
    await app.call('apps.delete', { id: appId });
    expect((await ofApp).data).toMatchObject({ items: [] });
    expect((await wait(app.rootToken)).status).toBe(403);
  });
});

describe('consumers of the feed', () => {
  it('continue after their cursor, which moves by compare-and-set', async () => {
    const appId = await app.createApp();
    const ids = await publishSome(app, appId, 4);
    const consumer = 'billing';
    const first = await app.call('feed.read', { appId, consumer, limit: 1 });
    expect(idsOf(first)).toEqual(ids.slice(0, 1));
    const commit = { appId, consumer, cursor: first.cursor };
    expect(await app.call('feed.commit', { ...commit, expectedCursor: null })).toMatchObject({
      consumer,
      cursor: first.cursor,
    });
    const second = await app.call('feed.read', { appId, consumer, limit: 2 });
    expect(idsOf(second)).toEqual(ids.slice(1, 3));
    for (const expectedCursor of [null, second.cursor]) {
      const { status, error } = await app.trpc('feed.commit', { ...commit, expectedCursor });
      expect({ status, code: error?.data.tocsin.code }).toEqual({ status: 409, code: 'CONFLICT' });
    }
    const path = `/api/v1/apps/${appId}/feed/consumers`;
    const moved = await app.rest('PUT', `${path}/${consumer}`, {
      cursor: second.cursor,
      expectedCursor: first.cursor,
    });
    expect(moved).toMatchObject({ status: 200, json: { consumer, cursor: second.cursor } });
    expect(idsOf(await app.call('feed.read', { appId, consumer }))).toEqual(ids.slice(3));
    // A cursor of the input wins.
    const { items } = await app.call('feed.read', { appId, consumer, after: first.cursor });
    expect(items).toHaveLength(3);
    expect((await app.rest('GET', path)).json).toMatchObject({
      items: [{ consumer, cursor: second.cursor }],
    });
    expect((await app.rest('DELETE', `${path}/${consumer}`)).json).toEqual({ consumer, deleted: true });
    expect((await app.trpc('feed.deleteConsumer', { appId, consumer })).status).toBe(404);
    expect(await app.call('feed.consumers', { appId })).toEqual({ items: [] });
  });

  it('say up to when they have read, and have a maximum of 100 for an app', async () => {
    const appId = await app.createApp();
    const { cursor } = await app.call('feed.read', { appId, start: 'newest' });
    const commit = async (n: number) => await app.trpc('feed.commit', { appId, consumer: `c${n}`, cursor });
    for (let n = 0; n < 100; n++) expect((await commit(n)).status).toBe(200);
    const { status, error } = await commit(100);
    expect({ status, code: error?.data.tocsin.code }).toEqual({ status: 403, code: 'QUOTA_EXCEEDED' });
    expect((await commit(99)).status).toBe(200);
    const { items } = await app.call('feed.consumers', { appId });
    expect(items).toHaveLength(100);
    expect(Math.abs(Date.parse(items[0]?.readTo ?? '') - Date.now())).toBeLessThan(60_000);
  });
});

describe('events.subscribe', () => {
  it('resumes from cursors that are older than the oplog, with all events that are kept', async () => {
    const appId = await app.createApp();
    const ids = await publishSome(app, appId, 3);
    const [first] = (await app.call('feed.read', { appId, limit: 1 })).items;
    for (const [lastEventId, expected] of [
      [first?.cursor, ids.slice(1)],
      [ancient, ids],
    ] as const) {
      const stream = openEventStream(app, { appId, lastEventId });
      await expect.poll(() => stream.eventIds, { timeout: 10_000 }).toEqual(expected);
      const [live] = await publishSome(app, appId, 1);
      await expect.poll(() => stream.eventIds.at(-1), { timeout: 10_000 }).toBe(live);
      ids.push(live ?? '');
      stream.close();
    }
  });
});
