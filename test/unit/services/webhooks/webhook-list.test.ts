import { maxTotal, type EndpointState, type ListWebhookSummariesInput } from '@tocsin/shared';
import { describe, expect, it, vi } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import { unknownHealth, type EndpointHealth } from '../../../../server/src/domain/endpoint-health.ts';
import { createWebhookList } from '../../../../server/src/services/webhooks/webhook-list.ts';
import { createWebhookViews } from '../../../../server/src/services/webhooks/webhook-view.ts';
import { createMemoryConfig } from '../../../../server/testing/src/store/memory-config.ts';
import { MemoryWebhookListStore } from '../../../../server/testing/src/store/webhooks/webhook-list-store.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const clock = new FakeClock();
const now = clock.now();
const bound = { ...keyActor(), appId: 'app_a' } as Actor; // keyActor returns a key, whose type has an app
const fails: EndpointHealth = { ...unknownHealth, failuresInARow: 3, failingSince: now, lastFailureAt: now };
const pauses: EndpointHealth = { ...fails, failuresInARow: 1_000, failingSince: now - 7 * 86_400_000 };

/** Webhooks in memory: two of one app work, one fails, one pauses, one is off, and two are of other apps. */
function aScene() {
  const config = createMemoryConfig(clock);
  const health = new Map([
    ['wh_fails', fails],
    ['wh_pauses', pauses],
    // It failed before it was disabled.
    ['wh_off', fails],
  ]);
  const ids = ['wh_1', 'wh_2', 'wh_fails', 'wh_pauses', 'wh_off', 'wh_a2', 'wh_b'];
  for (const [n, id] of ids.entries()) {
    const [appId, accountId] =
      id === 'wh_b' ? ['app_b', 'acc_b'] : [id === 'wh_a2' ? 'app_a2' : 'app_a', 'acc_a'];
    const isOff = id === 'wh_off';
    const state = { enabled: !isOff, disabledReason: isOff ? ('by_user' as const) : null };
    const events = ['invoice.paid'];
    config.webhooks.set(id, aWebhook({ id, appId, accountId, createdAt: now + n, events, ...state }));
    config.webhookWords.set(id, [n % 2 === 0 ? 'billing' : 'crm']);
  }
  const views = createWebhookViews({
    health: {
      getForDisplay: (some) =>
        Promise.resolve(new Map(some.map((id) => [id, health.get(id) ?? unknownHealth]))),
    },
    secretBox: { decrypt: (text) => text },
    clock,
  });
  const store = new MemoryWebhookListStore(config);
  const list = createWebhookList({
    webhookLists: store,
    health: {
      findFailing: ({ appId, accountId }) =>
        Promise.resolve(
          [...health.keys()].filter((id) => {
            const webhook = config.webhooks.get(id);
            return (
              [appId ?? webhook?.appId, accountId ?? webhook?.accountId].join() ===
              [webhook?.appId, webhook?.accountId].join()
            );
          }),
        ),
      get: (some) => Promise.resolve(new Map(some.flatMap((id) => [[id, health.get(id) ?? unknownHealth]]))),
    },
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' }),
    views,
  });
  const summaries = async (actor: Actor, input: Partial<ListWebhookSummariesInput> = {}) =>
    await list.summaries(actor, { limit: 10, order: 'oldest', ...input });
  const idsOf = async (...args: Parameters<typeof summaries>) =>
    (await summaries(...args)).items.map(({ id }) => id);
  return { list, store, summaries, idsOf };
}

const states: readonly [EndpointState, readonly string[]][] = [
  ['healthy', ['wh_1', 'wh_2']],
  ['failing', ['wh_fails']],
  ['paused', ['wh_pauses']],
  ['disabled', ['wh_off']],
];

describe('the webhooks of an app', () => {
  it('are listed oldest first, all of them without a limit', async () => {
    const { list } = aScene();
    const { items, nextCursor } = await list.list(keyActor(), { appId: 'app_a' });
    expect(items.map(({ id }) => id)).toEqual(['wh_1', 'wh_2', 'wh_fails', 'wh_pauses', 'wh_off']);
    expect(nextCursor).toBeNull();
  });

  it('are listed in pages, whose cursor is checked', async () => {
    const { list } = aScene();
    const first = await list.list(keyActor(), { appId: 'app_a', limit: 3 });
    expect(first.items.map(({ id }) => id)).toEqual(['wh_1', 'wh_2', 'wh_fails']);
    expect(first.nextCursor).toBe('2026-01-01T00:00:00.002Z_wh_fails');
    const second = await list.list(keyActor(), { appId: 'app_a', limit: 3, cursor: first.nextCursor });
    expect(second).toMatchObject({ items: [{ id: 'wh_pauses' }, { id: 'wh_off' }], nextCursor: null });
    await expect(list.list(keyActor(), { appId: 'app_a', cursor: 'wh_1' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'cursor: must be the nextCursor of a page of this list; omit it for the first page',
    });
  });

  it.each(states)('are found by the state %s and by words', async (state, ids) => {
    const { list, idsOf } = aScene();
    const { items } = await list.list(keyActor(), { appId: 'app_a', state });
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(await idsOf(keyActor(), { appId: 'app_a', state })).toEqual(ids);
    const billing = ['wh_1', 'wh_fails', 'wh_off'];
    const found = await list.list(keyActor(), { appId: 'app_a', state, search: 'bill' });
    expect(found.items.map(({ id }) => id)).toEqual(ids.filter((id) => billing.includes(id)));
  });

  it('are not shown to others, or without the scope', async () => {
    const { list, summaries } = aScene();
    const foreign = { code: 'FORBIDDEN', message: 'app app_b does not belong to your account' };
    await expect(list.list(keyActor(), { appId: 'app_b' })).rejects.toMatchObject(foreign);
    await expect(summaries(keyActor(), { appId: 'app_b' })).rejects.toMatchObject(foreign);
    const publisher = keyActor('acc_a', ['events:publish']);
    const lacking = { code: 'SCOPE_MISSING', message: 'this API key lacks the scope webhooks:read' };
    await expect(list.list(publisher, { appId: 'app_a' })).rejects.toMatchObject(lacking);
    await expect(summaries(publisher)).rejects.toMatchObject(lacking);
  });
});

describe('the summaries of webhooks', () => {
  it('cover what the caller may see: an app, an account, or all', async () => {
    const { idsOf } = aScene();
    const ofApp = ['wh_1', 'wh_2', 'wh_fails', 'wh_pauses', 'wh_off'];
    expect(await idsOf(bound)).toEqual(ofApp);
    expect(await idsOf(keyActor())).toEqual([...ofApp, 'wh_a2']);
    expect(await idsOf(rootActor)).toEqual([...ofApp, 'wh_a2', 'wh_b']);
    expect(await idsOf(rootActor, { accountId: 'acc_b' })).toEqual(['wh_b']);
    expect(await idsOf(rootActor, { appId: 'app_a2', accountId: 'acc_a' })).toEqual(['wh_a2']);
  });

  it('of an account that is not that of the caller or of the app are refused', async () => {
    const { summaries } = aScene();
    await expect(summaries(keyActor(), { accountId: 'acc_b' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'account acc_b is not yours',
    });
    await expect(summaries(rootActor, { appId: 'app_a', accountId: 'acc_b' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'accountId: is acc_b, but the app app_a belongs to acc_a',
    });
  });

  it('have the state of the endpoint and the account, newest first if asked', async () => {
    const { summaries } = aScene();
    const { items, nextCursor, ...rest } = await summaries(keyActor(), { order: 'newest', limit: 2 });
    expect(rest).toEqual({});
    expect(nextCursor).toBe('2026-01-01T00:00:00.004Z_wh_off');
    expect(items[1]).toMatchObject({ id: 'wh_off', state: 'disabled', disabledReason: 'by_user' });
    const [failing] = (await summaries(keyActor(), { state: 'failing' })).items;
    expect(failing).toMatchObject({
      id: 'wh_fails',
      appId: 'app_a',
      accountId: 'acc_a',
      state: 'failing',
      eventCount: 1,
      events: ['invoice.paid'],
      failuresInARow: 3,
      failingSince: '2026-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.002Z',
    });
  });

  it('are those of some ids, within the state', async () => {
    const { idsOf } = aScene();
    const ids = ['wh_1', 'wh_fails', 'wh_off', 'wh_b'];
    expect(await idsOf(keyActor(), { ids })).toEqual(['wh_1', 'wh_fails', 'wh_off']);
    expect(await idsOf(keyActor(), { ids, state: 'failing' })).toEqual(['wh_fails']);
    expect(await idsOf(keyActor(), { ids: ['wh_1'], state: 'failing' })).toEqual([]);
  });

  it('come with the number of webhooks by state, each counted once', async () => {
    const { summaries } = aScene();
    const counts = { healthy: 3, failing: 1, paused: 1, disabled: 1, disabledByPlatform: 0 };
    const countsOf = async (input: Partial<ListWebhookSummariesInput>) => {
      const { total, counts: counted } = await summaries(keyActor(), { withCounts: true, ...input });
      return { total, counts: counted };
    };
    expect(await countsOf({})).toEqual({ total: 6, counts });
    expect(await countsOf({ state: 'disabled' })).toEqual({ total: 1, counts });
    expect(await countsOf({ search: 'bill' })).toEqual({ total: 3, counts });
    expect(await countsOf({ ids: ['wh_1', 'wh_b'] })).toEqual({ total: 1, counts });
    const none = await summaries(rootActor, { accountId: 'acc_b', withCounts: true });
    expect(none.counts).toEqual({ healthy: 1, failing: 0, paused: 0, disabled: 0, disabledByPlatform: 0 });
  });

  it('come without numbers that would take too long to count', async () => {
    const { store, summaries } = aScene();
    const count = vi.spyOn(store, 'count');
    const countsOf = async (input: Partial<ListWebhookSummariesInput>) => {
      const { total, counts } = await summaries(keyActor(), { withCounts: true, ...input });
      return [total, counts];
    };
    count.mockResolvedValue(maxTotal + 1);
    expect(await countsOf({})).toEqual([null, null]);
    expect(await countsOf({ search: 'bill' })).toEqual([null, null]);
    count.mockResolvedValue(maxTotal);
    expect(await countsOf({ search: 'bill' })).toMatchObject([maxTotal, {}]);
  });
});
