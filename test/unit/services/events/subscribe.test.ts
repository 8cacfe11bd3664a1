import { describe, expect, it } from 'vitest';
import type { SubscribeInput } from '@tocsin/shared';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { apiError } from '../../../../server/src/domain/errors.ts';
import type { FeedFilter, FeedItem } from '../../../../server/src/domain/ports/event-feed.ts';
import { LiveSubscriptions, type LiveItem } from '../../../../server/src/services/events/subscribe.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent } from '../../../support/builders.ts';

const accountsByApp = { app_test: 'acc_a', app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' };

/** A feed of these items. Records its calls. */
function subscribeTo(items: readonly FeedItem[], accounts = accountsByApp) {
  const queries: [FeedFilter, string | undefined][] = [];
  const subscriptions = new LiveSubscriptions({
    feed: {
      async *read(filter, after) {
        queries.push([filter, after]);
        yield* items;
        await Promise.resolve();
      },
    },
    access: accessTo(accounts),
  });
  const open = (actor: Actor | (() => Promise<Actor>), query: SubscribeInput = {}) =>
    subscriptions.subscribe(query, {
      authenticate: typeof actor === 'function' ? actor : () => Promise.resolve(actor),
      signal: new AbortController().signal,
    });
  return { queries, open };
}

async function allOf(live: AsyncGenerator<LiveItem>): Promise<LiveItem[]> {
  const items: LiveItem[] = [];
  for await (const item of live) items.push(item);
  return items;
}

const quiet = (cursor: string): FeedItem => ({ cursor, event: undefined });

describe('a live subscription', () => {
  it('reads only the apps of the caller, or the requested one of them', async () => {
    const { queries, open } = subscribeTo([]);
    await allOf(open(keyActor()));
    await allOf(open(keyActor(), { appId: 'app_a2', types: ['user.login'], lastEventId: 'c1' }));
    await allOf(open(rootActor));
    expect(queries).toEqual([
      [{ accountId: 'acc_a', excludedAppIds: [], types: undefined }, undefined],
      [{ appId: 'app_a2', excludedAppIds: [], types: ['user.login'] }, 'c1'],
      [{ excludedAppIds: [], types: undefined }, undefined],
    ]);
  });

  it('is rejected for a foreign app and without the scope, before it reads anything', async () => {
    const { queries, open } = subscribeTo([]);
    const foreign = allOf(open(keyActor('acc_b'), { appId: 'app_a' }));
    await expect(foreign).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const publisher = keyActor('acc_a', ['events:publish']);
    await expect(allOf(open(publisher))).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
    expect(queries).toEqual([]);
  });

  it('sends its first cursor, one every fifteen idle seconds, and each event', async () => {
    const event = anEvent();
    const idle = Array.from({ length: 33 }, (_, index) => quiet(`c${index}`));
    const { open } = subscribeTo([...idle, { cursor: 'e1', event }, quiet('c33')]);
    const items = await allOf(open(rootActor));
    expect(items.map(({ cursor }) => cursor)).toEqual(['c0', 'c16', 'c32', 'e1']);
    expect(items.at(-1)?.event).toMatchObject({ id: event.id, data: JSON.parse(event.dataText) as object });
  });

  it('ends before the next event once its key is revoked', async () => {
    const { open } = subscribeTo([
      { cursor: 'e1', event: anEvent() },
      { cursor: 'e2', event: anEvent() },
    ]);
    let calls = 0;
    const live = open(() => {
      if (++calls > 2) throw apiError('UNAUTHENTICATED', 'revoked');
      return Promise.resolve(keyActor());
    });
    expect((await live.next()).value).toMatchObject({ cursor: 'e1' });
    await expect(live.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('to one app ends with the app, or once the caller has lost access to it', async () => {
    const { open } = subscribeTo([
      { cursor: 'e1', event: anEvent({ appId: 'app_a' }) },
      { cursor: 'e2', event: anEvent({ appId: 'app_a' }) },
    ]);
    let calls = 0;
    const live = open(() => Promise.resolve(keyActor(++calls > 2 ? 'acc_b' : 'acc_a')), { appId: 'app_a' });
    expect((await live.next()).value).toMatchObject({ cursor: 'e1' });
    await expect(live.next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('to all apps leaves out the events of an app that does not exist any more', async () => {
    const { open } = subscribeTo([
      { cursor: 'e1', event: anEvent({ appId: 'app_gone' }) },
      { cursor: 'e2', event: anEvent() },
    ]);
    expect((await allOf(open(keyActor()))).map(({ cursor }) => cursor)).toEqual(['e2']);
    expect((await allOf(open(rootActor))).map(({ cursor }) => cursor)).toEqual(['e2']);
  });

  it('is rejected above 200 at once, and allowed once one has ended', async () => {
    const { open } = subscribeTo([quiet('c0')]);
    const running = Array.from({ length: 200 }, () => open(rootActor));
    for (const live of running) await live.next();
    await expect(open(rootActor).next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await running[0]?.return(undefined);
    expect((await open(rootActor).next()).value).toMatchObject({ cursor: 'c0' });
    for (const live of running) await live.return(undefined);
  });
});
