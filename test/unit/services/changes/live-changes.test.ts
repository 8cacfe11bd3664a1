import { describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { SavedBatch } from '../../../../server/src/domain/ports/activity-store.ts';
import type { ConfigChange } from '../../../../server/src/domain/ports/notifications.ts';
import { LiveChanges } from '../../../../server/src/services/changes/live-changes.ts';
import { SubscriptionPlaces } from '../../../../server/src/services/events/live/subscription-places.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const never = 60_000;
const at = (savedAt: number, id = 'other:1', appId = 'app_a'): SavedBatch => ({
  id,
  savedAt,
  apps: [{ appId, accountId: 'acc_a' }],
});

/**
 * Live changes that notify within milliseconds. `reads` has the times from which activity was read, and `saved` what
 * the next read finds.
 */
function aScene(times: { ping?: number; recheck?: number; readActivity?: number } = {}) {
  const clock = new FakeClock();
  const places = new SubscriptionPlaces({ clock, onRejected: () => {} });
  const reads: number[] = [];
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const scene = { saved: (): Promise<SavedBatch[]> => Promise.resolve([]) };
  const changes = new LiveChanges({
    places,
    activity: {
      listSaved: (since) => {
        reads.push(since);
        return scene.saved();
      },
    },
    processId: 'own',
    findAppAccount: (id) =>
      Promise.resolve(({ app_a: 'acc_a', app_b: 'acc_b' } as Record<string, string>)[id]),
    findKeyAccount: (id) =>
      id === 'key_away'
        ? Promise.reject(new Error('away'))
        : Promise.resolve(id === 'key_a' ? 'acc_a' : undefined),
    clock,
    log,
    times: { gather: 1, readActivity: never, ping: never, recheck: never, ...times },
  });
  const ends: (() => void)[] = [];
  /** Waits until what is saved now has been read. */
  async function untilRead() {
    const { length } = reads;
    await expect.poll(() => reads.length, { interval: 1 }).toBeGreaterThan(length + 1);
  }
  /** Subscribes and takes the first notice, which is empty. */
  async function subscribe(...actors: readonly [Actor, ...(Actor | Error)[]]) {
    const [first, ...later] = actors;
    const end = new AbortController();
    ends.push(() => end.abort());
    let current: Actor | Error = first;
    const authenticate = vi.fn(() => {
      const actor = current;
      current = later.shift() ?? current;
      return actor instanceof Error ? Promise.reject(actor) : Promise.resolve(actor);
    });
    const notices = changes.subscribe({ authenticate, signal: end.signal });
    expect(await notices.next()).toEqual({ done: false, value: [] });
    const next = async () => {
      const result = await notices.next();
      return result.done === true ? undefined : result.value.toSorted();
    };
    return { notices, next, authenticate, end: () => end.abort() };
  }
  return Object.assign(scene, {
    changes,
    clock,
    places,
    reads,
    log,
    subscribe,
    untilRead,
    [Symbol.dispose]: () => {
      for (const end of ends) end();
      changes.stop();
    },
  });
}

const everyKind = ['accounts', 'activity', 'apps', 'audit', 'eventTypes', 'keys', 'webhooks'];

describe('a change', () => {
  it.each<[string, ConfigChange | undefined, readonly string[], readonly string[] | undefined]>([
    [
      'an account',
      { collection: 'accounts', id: 'acc_a', appId: undefined },
      ['accounts', 'audit'],
      undefined,
    ],
    ['an app', { collection: 'apps', id: 'app_a', appId: undefined }, ['apps', 'audit'], undefined],
    ['a webhook', { collection: 'webhooks', id: 'wh_1', appId: 'app_a' }, ['audit', 'webhooks'], undefined],
    ['a key', { collection: 'keys', id: 'key_a', appId: undefined }, ['audit', 'keys'], []],
    [
      'types of an account',
      { collection: 'eventTypes', id: 'acc_a', appId: undefined },
      ['eventTypes'],
      undefined,
    ],
    ['types of all', { collection: 'eventTypes', id: '*', appId: undefined }, ['eventTypes'], ['eventTypes']],
    ['anything', undefined, everyKind, everyKind],
  ])('of %s reaches its account, and only then another one', async (_, change, own, other) => {
    using scene = aScene();
    const [subscriber, stranger] = await Promise.all([
      scene.subscribe(keyActor('acc_a')),
      scene.subscribe(keyActor('acc_b')),
    ]);
    scene.changes.onConfigChange(change);
    // A key that changes has every caller authenticated again, which an empty notice can follow.
    let seen = await subscriber.next();
    if (seen?.length === 0) seen = await subscriber.next();
    expect(seen).toEqual(own);
    if (other !== undefined) {
      let strange = await stranger.next();
      if (strange?.length === 0 && other.length > 0) strange = await stranger.next();
      expect(strange).toEqual(other);
      return;
    }
    scene.changes.record({ kind: 'activity', accountId: 'acc_b', appId: 'app_b' });
    expect(await stranger.next()).toEqual(['activity']);
  });

  it.each<[string, ConfigChange]>([
    ['a key', { collection: 'keys', id: 'key_gone', appId: undefined }],
    ['an app', { collection: 'apps', id: 'app_gone', appId: undefined }],
  ])('of %s that is gone reaches operators alone', async (_, change) => {
    using scene = aScene();
    const operator = await scene.subscribe(rootActor);
    const customer = await scene.subscribe(keyActor('acc_a'));
    scene.changes.onConfigChange(change);
    let seen = await operator.next();
    if (seen?.length === 0) seen = await operator.next();
    expect(seen).toEqual([change.collection, 'audit'].toSorted());
    scene.changes.record({ kind: 'activity', accountId: 'acc_a', appId: 'app_a' });
    let heard = await customer.next();
    if (heard?.length === 0) heard = await customer.next();
    expect(heard).toEqual(['activity']);
  });

  it('is told once, with the others of its time', async () => {
    using scene = aScene();
    const { next, end } = await scene.subscribe(keyActor());
    for (const kind of ['activity', 'webhooks', 'activity'] as const) {
      scene.changes.record({ kind, accountId: 'acc_a', appId: 'app_a' });
    }
    expect(await next()).toEqual(['activity', 'webhooks']);
    const following = next();
    end();
    expect(await following).toBeUndefined();
  });

  it('of an app reaches the keys that are bound to it', async () => {
    using scene = aScene();
    const boundTo = (appId: string) => ({ ...keyActor(), appId }) as Actor; // keyActor returns a key
    const own = await scene.subscribe(boundTo('app_a'));
    const other = await scene.subscribe(boundTo('app_a2'));
    scene.changes.onConfigChange({ collection: 'apps', id: 'app_a', appId: undefined });
    expect(await own.next()).toEqual(['apps', 'audit']);
    scene.changes.onConfigChange({ collection: 'webhooks', id: 'wh_1', appId: 'app_a' });
    expect(await own.next()).toEqual(['audit', 'webhooks']);
    scene.changes.record({ kind: 'activity', accountId: 'acc_a', appId: 'app_a2' });
    expect(await other.next()).toEqual(['activity']);
  });

  it('of a session reaches no one', async () => {
    using scene = aScene();
    const { next } = await scene.subscribe(rootActor);
    scene.changes.onConfigChange({ collection: 'sessions', id: 'ses_1', appId: undefined });
    expect(await next()).toEqual([]);
    scene.changes.record({ kind: 'activity', accountId: 'acc_a', appId: 'app_a' });
    expect(await next()).toEqual(['activity']);
  });

  it('after the stop of the process is not told', async () => {
    using scene = aScene({ ping: 20 });
    const { next } = await scene.subscribe(keyActor());
    scene.changes.stop();
    scene.changes.record({ kind: 'activity', accountId: 'acc_a', appId: 'app_a' });
    expect(await next()).toEqual([]);
  });

  it('before a subscription is not told', async () => {
    using scene = aScene();
    scene.changes.record({ kind: 'webhooks', accountId: 'acc_a', appId: 'app_a' });
    scene.changes.onConfigChange({ collection: 'apps', id: 'app_a', appId: undefined });
    const { next } = await scene.subscribe(keyActor());
    scene.changes.record({ kind: 'activity', accountId: 'acc_a', appId: 'app_a' });
    expect(await next()).toEqual(['activity']);
  });

  it('whose account cannot be found is logged', async () => {
    using scene = aScene();
    await scene.subscribe(keyActor());
    scene.changes.onConfigChange({ collection: 'keys', id: 'key_away', appId: undefined });
    await expect
      .poll(() => scene.log.debug.mock.calls, { interval: 1 })
      .toEqual([[{ err: new Error('away') }, 'subscribers of changes not notified']]);
  });
});

describe('a subscription', () => {
  it('has a place until it ends, and its process reads nothing afterwards', async () => {
    using scene = aScene({ readActivity: 1 });
    const { notices } = await scene.subscribe(keyActor());
    const other = await scene.subscribe(keyActor());
    expect(scene.places.taken).toBe(2);
    await scene.untilRead();
    await notices.return(undefined);
    expect(scene.places.taken).toBe(1);
    await scene.untilRead();
    await other.notices.return(undefined);
    expect(scene.places.taken).toBe(0);
    const { length } = scene.reads;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(scene.reads.length - length).toBeLessThanOrEqual(1);
  });

  it('ends at once when its caller leaves, however long nothing happens', async () => {
    using scene = aScene();
    const { next, end } = await scene.subscribe(keyActor());
    const waiting = next();
    end();
    expect(await waiting).toBeUndefined();
    expect(scene.places.taken).toBe(0);
  });

  it('proves that its connection works with empty notices', async () => {
    using scene = aScene({ ping: 1 });
    const { next, authenticate } = await scene.subscribe(keyActor());
    expect([await next(), await next()]).toEqual([[], []]);
    expect(authenticate).toHaveBeenCalledTimes(1);
  });

  it('is authenticated again after a time, with the access that the caller then has', async () => {
    using scene = aScene({ ping: 1, recheck: 30_000 });
    const { next, authenticate } = await scene.subscribe(keyActor('acc_a'), keyActor('acc_b'));
    await next();
    scene.clock.advance(29_999);
    await next();
    expect(authenticate).toHaveBeenCalledTimes(1);
    scene.clock.advance(1);
    await next();
    expect(authenticate).toHaveBeenCalledTimes(2);
    await next();
    expect(authenticate).toHaveBeenCalledTimes(2);
    scene.changes.record({ kind: 'webhooks', accountId: 'acc_b', appId: 'app_b' });
    let seen = await next();
    while (seen?.length === 0) seen = await next();
    expect(seen).toEqual(['webhooks']);
  });

  it.each<[string, ConfigChange | undefined]>([
    ['a key', { collection: 'keys', id: 'key_a', appId: undefined }],
    ['a session', { collection: 'sessions', id: 'ses_1', appId: undefined }],
    ['anything', undefined],
  ])('ends with the error of its caller when %s changes', async (_, change) => {
    using scene = aScene();
    const { notices } = await scene.subscribe(keyActor(), new Error('revoked'));
    const next = notices.next();
    scene.changes.onConfigChange(change);
    await expect(next).rejects.toThrow('revoked');
    expect(scene.places.taken).toBe(0);
  });

  it('goes on without another authentication when a webhook changes', async () => {
    using scene = aScene();
    const { next, authenticate } = await scene.subscribe(keyActor(), new Error('revoked'));
    scene.changes.onConfigChange({ collection: 'webhooks', id: 'wh_1', appId: 'app_a' });
    expect(await next()).toEqual(['audit', 'webhooks']);
    expect(authenticate).toHaveBeenCalledTimes(1);
  });
});

describe('the activity of other processes', () => {
  it('is told when a batch is new or was saved again, and of two minutes only', async () => {
    using scene = aScene({ readActivity: 1 });
    scene.saved = () => Promise.resolve([at(1)]);
    const { next } = await scene.subscribe(keyActor());
    // What was saved before the subscription is no change.
    await scene.untilRead();
    expect(new Set(scene.reads)).toEqual(new Set([scene.clock.now() - 120_000]));
    scene.saved = () => Promise.resolve([at(1), at(9, 'own:1')]);
    await scene.untilRead();
    scene.changes.record({ kind: 'webhooks', accountId: 'acc_a', appId: 'app_a' });
    expect(await next()).toEqual(['webhooks']);
    scene.saved = () => Promise.resolve([at(2)]);
    expect(await next()).toEqual(['activity']);
    scene.saved = () => Promise.resolve([at(2), at(3, 'another:1')]);
    expect(await next()).toEqual(['activity']);
  });

  it('is read at once and then after a time, not each time that changes are told', async () => {
    using scene = aScene();
    const { next } = await scene.subscribe(keyActor());
    for (let count = 0; count < 3; count++) {
      scene.changes.record({ kind: 'activity', accountId: 'acc_a', appId: 'app_a' });
      await next();
    }
    expect(scene.reads).toHaveLength(1);
  });

  it('is read again after a failure, which is logged', async () => {
    using scene = aScene({ readActivity: 1 });
    const error = new Error('away');
    scene.saved = () => Promise.reject(error);
    const { next } = await scene.subscribe(keyActor());
    await scene.untilRead();
    expect(scene.log.debug.mock.calls[0]).toEqual([
      { err: error },
      'activity of other processes not read; retrying',
    ]);
    scene.saved = () => Promise.resolve([at(1)]);
    await scene.untilRead();
    scene.saved = () => Promise.resolve([at(2)]);
    expect(await next()).toEqual(['activity']);
  });
});
