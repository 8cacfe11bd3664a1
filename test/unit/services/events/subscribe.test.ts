import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SubscribeInput } from '@tocsin/shared';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { apiError } from '../../../../server/src/domain/errors.ts';
import type { ConfigChange } from '../../../../server/src/domain/ports/notifications.ts';
import type { FeedReader } from '../../../../server/src/services/events/live/feed-reader.ts';
import { LiveFeed } from '../../../../server/src/services/events/live/live-feed.ts';
import { SubscriptionPlaces } from '../../../../server/src/services/events/live/subscription-places.ts';
import { LiveSubscriptions, type LiveItem } from '../../../../server/src/services/events/subscribe.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeFeed, toTestCursor } from '../../../support/fake-feed.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Subscriptions over a feed in memory. The clock is that of the fake timers. */
function subscriptionsOver(feed = new FakeFeed()) {
  const clock = { now: () => Date.now() };
  const access = accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' });
  const subscriptions = new LiveSubscriptions({
    live: new LiveFeed({ feed, clock, log: silent, onSlowReader: () => {} }),
    places: new SubscriptionPlaces({ clock, onRejected: () => {} }),
    access,
    clock,
  });
  let authentications = 0;
  const open = (actor: Actor | (() => Promise<Actor>), query: SubscribeInput = {}) => {
    const stop = new AbortController();
    const items: LiveItem[] = [];
    const live = subscriptions.subscribe(query, {
      authenticate: () => {
        authentications++;
        return typeof actor === 'function' ? actor() : Promise.resolve(actor);
      },
      signal: stop.signal,
    });
    const ended = (async () => {
      for await (const item of live) items.push(item);
    })();
    ended.catch(() => undefined);
    const eventIds = () => items.flatMap(({ event }) => (event === null ? [] : [event.id]));
    return { items, eventIds, ended, stop };
  };
  const change = (collection: ConfigChange['collection'], id: string) =>
    subscriptions.onConfigChange({ collection, id, appId: undefined });
  return { feed, open, change, access, authentications: () => authentications };
}

const settle = async (ms = 0) => await vi.advanceTimersByTimeAsync(ms);

describe('a live subscription', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('yields the events of the account, of its only app, or of the requested app', async () => {
    const { feed, open } = subscriptionsOver();
    const bound: Actor = { ...keyActor(), appId: 'app_a2' } as Actor; // spreading loses which kind it is
    const account = open(keyActor());
    const one = open(keyActor(), { appId: 'app_a' });
    const only = open(bound);
    const everything = open(rootActor, { types: ['user.ban'] });
    await settle();
    feed.publish();
    feed.publish({ appId: 'app_a2' });
    feed.publish({ appId: 'app_b', accountId: 'acc_b' });
    feed.publish({ appId: 'app_b', accountId: 'acc_b', type: 'user.ban' });
    await settle();
    expect(account.eventIds()).toEqual(['evt_1', 'evt_2']);
    expect(one.eventIds()).toEqual(['evt_1']);
    expect(only.eventIds()).toEqual(['evt_2']);
    expect(everything.eventIds()).toEqual(['evt_4']);
    expect(feed.queries).toHaveLength(1);
  });

  it('is rejected for a foreign app and without the scope, before it reads anything', async () => {
    const { feed, open } = subscriptionsOver();
    const foreign = open(keyActor('acc_b'), { appId: 'app_a' });
    await expect(foreign.ended).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const publisher = open(keyActor('acc_a', ['events:publish']));
    await expect(publisher.ended).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    expect(feed.queries).toEqual([]);
  });

  it('sends its first cursor at once, then one every fifteen idle seconds, and each event', async () => {
    const { feed, open } = subscriptionsOver();
    const { items } = open(rootActor);
    await settle();
    const first = { cursor: toTestCursor(0), event: null };
    expect(items).toEqual([first]);
    await settle(14_999);
    expect(items).toHaveLength(1);
    await settle(1);
    expect(items).toEqual([first, first]);
    feed.publish({ dataText: '{"a":1}' });
    await settle();
    expect(items.at(-1)).toMatchObject({ cursor: toTestCursor(1), event: { id: 'evt_1', data: { a: 1 } } });
  });

  it('authenticates every few seconds, and not for each event', async () => {
    const { feed, open, authentications } = subscriptionsOver();
    const { items } = open(keyActor());
    await settle();
    for (let n = 0; n < 100; n++) feed.publish();
    await settle();
    expect(items).toHaveLength(101);
    expect(authentications()).toBe(1);
    await settle(5_000);
    expect(authentications()).toBe(2);
  });

  it('ends once its key is revoked, also while it is idle and if the notification was lost', async () => {
    const { open, change } = subscriptionsOver();
    let isRevoked = false;
    const authenticate = async () => {
      if (isRevoked) throw apiError('UNAUTHENTICATED', 'revoked');
      return await Promise.resolve(keyActor());
    };
    const [notified, other] = [open(authenticate), open(keyActor('acc_b'))];
    await settle();
    isRevoked = true;
    change('keys', 'key_of_another');
    change('keys', 'key_0000000000000001');
    await settle();
    await expect(notified.ended).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    isRevoked = false;
    const unnotified = open(authenticate);
    await settle();
    isRevoked = true;
    await settle(5_000);
    await expect(unnotified.ended).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(other.items).toHaveLength(1);
  });

  it('is authenticated again at once after a change of its own key or app, not of others', async () => {
    const { open, change, authentications } = subscriptionsOver();
    const { items } = open(keyActor(), { appId: 'app_a' });
    await settle();
    for (const [collection, id] of [
      ['keys', 'key_of_another'],
      ['apps', 'app_a2'],
      ['webhooks', 'app_a'],
      ['accounts', 'key_0000000000000001'],
    ] as const) {
      change(collection, id);
    }
    await settle();
    expect(authentications()).toBe(1);
    change('keys', 'key_0000000000000001');
    await settle();
    expect(authentications()).toBe(2);
    change('apps', 'app_a');
    await settle();
    expect(authentications()).toBe(3);
    expect(items).toHaveLength(1);
  });

  it('stays open while the database is unavailable, but yields no event before it is authenticated', async () => {
    const { feed, open } = subscriptionsOver();
    let isAway = false;
    const authenticate = async () => {
      if (isAway) throw apiError('UNAVAILABLE', 'no database');
      return await Promise.resolve(keyActor());
    };
    const [idle, busy] = [open(authenticate), open(authenticate)];
    await settle();
    isAway = true;
    await settle(60_000);
    isAway = false;
    feed.publish();
    await settle();
    expect([idle.eventIds(), busy.eventIds()]).toEqual([['evt_1'], ['evt_1']]);
    isAway = true;
    await settle(5_000);
    feed.publish();
    await expect(busy.ended).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(busy.eventIds()).toEqual(['evt_1']);
  });

  it('ends once its app is deleted, and one to all apps sees nothing of it', async () => {
    const { feed, open, change, access } = subscriptionsOver();
    const [one, all] = [open(keyActor(), { appId: 'app_a' }), open(keyActor())];
    await settle();
    const isDeleted = vi
      .spyOn(access, 'canReceive')
      .mockImplementation((_, appId) => Promise.resolve(appId !== 'app_a'));
    change('apps', 'app_a');
    await settle();
    await expect(one.ended).rejects.toMatchObject({ code: 'FORBIDDEN' });
    feed.publish();
    feed.publish({ appId: 'app_a2' });
    await settle();
    expect(all.eventIds()).toEqual(['evt_2']);
    isDeleted.mockRestore();
  });

  it('gives its place back however it ends', async () => {
    const { open } = subscriptionsOver();
    for (let n = 0; n < 3; n++) {
      const all = Array.from({ length: 100 }, () => open(keyActor()));
      await settle();
      await expect(open(keyActor()).ended).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      for (const { stop } of all) stop.abort();
      await Promise.all(all.map(({ ended }) => ended));
      const foreign = Array.from({ length: 99 }, () => open(keyActor(), { appId: 'app_b' }).ended);
      for (const ended of foreign) await expect(ended).rejects.toMatchObject({ code: 'FORBIDDEN' });
      await settle(60_000);
    }
  });
});

describe('a subscription from a cursor that the database no longer has', () => {
  const old = '00000001000000010001';
  const covered = toTestCursor(0);
  // `as`: only passed on
  const reader = {} as FeedReader;

  /** Joins only from the covered position on. `state`: that of the log, if there is one. */
  function sceneOver({ state, hasHistory = true }: { state?: object; hasHistory?: boolean } = {}) {
    const joined: (string | undefined)[] = [];
    const started: number[] = [];
    const asked: unknown[] = [];
    const subscriptions = new LiveSubscriptions({
      live: {
        join: (_, after) => {
          joined.push(after);
          return after === covered
            ? Promise.resolve(reader)
            : Promise.reject(apiError('INVALID_INPUT', 'too old'));
        },
        next: () => Promise.resolve({ cursor: covered, event: undefined }),
        leave: () => {},
      },
      places: new SubscriptionPlaces({ clock: { now: () => Date.now() }, onRejected: () => {} }),
      access: accessTo({}),
      clock: { now: () => Date.now() },
      ...(hasHistory
        ? {
            history: {
              // `as`: only passed on
              refresh: () => Promise.resolve(state as never),
              toCovered: (known, position) => {
                asked.push([known, position]);
                return covered;
              },
            },
            startLog: () => Promise.resolve(void started.push(Date.now())),
          }
        : {}),
    });
    const first = async (lastEventId: string) => {
      const stop = new AbortController();
      const items = subscriptions.subscribe(
        { lastEventId },
        { authenticate: () => Promise.resolve(rootActor), signal: stop.signal },
      );
      const found = await items.next();
      stop.abort();
      await items.return(undefined);
      return found.done === true ? undefined : found.value;
    };
    return { first, joined, started, asked };
  }

  it('resumes in the log, at the position before it that the log covers', async () => {
    const state = {};
    const { first, joined, asked, started } = sceneOver({ state });
    expect(await first(old)).toMatchObject({ event: null });
    expect(joined).toEqual([old, covered]);
    expect(asked).toEqual([[state, old]]);
    expect(started).toEqual([]);
  });

  it('starts the log if there is none, and says when to come again', async () => {
    const { first, started } = sceneOver();
    await expect(first(old)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
    expect(started).toHaveLength(1);
  });

  it('is rejected where no log can be kept', async () => {
    const { first, joined } = sceneOver({ hasHistory: false });
    await expect(first(old)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(joined).toEqual([old]);
  });

  it.each([
    ['malformed', 'no cursor'],
    ['of the future', `F${'0'.repeat(18)}1`],
  ])('is rejected if the cursor is %s', async (_, cursor) => {
    const { first, started, asked } = sceneOver({ state: {} });
    await expect(first(cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect([started, asked]).toEqual([[], []]);
  });
});
