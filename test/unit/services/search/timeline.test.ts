import type { TimelineInput } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { createTimeline, type TimelineDeps } from '../../../../server/src/services/search/timeline.ts';
import { toSearchValue } from '../../../../server/src/services/search/search-values.ts';
import { createFindWebhook } from '../../../../server/src/services/webhooks/find-webhook.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent, aVersion, aWebhook } from '../../../support/builders.ts';

const page = { cursor: undefined, limit: 10 };
const bound = { ...keyActor(), appId: 'app_a' } as Actor; // keyActor returns a key, whose type has an app
const stored = toSearchValue('inv_1');
const hook = aWebhook({ id: 'wh_1', appId: 'app_a', accountId: 'acc_a' });

/** A timeline over these events. `calls` has what reached the stores, and for which webhook events were explained. */
function aScene(events: readonly AcceptedEvent[] = [], accountsWithValue: readonly string[] = []) {
  const calls: unknown[] = [];
  const access = accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' });
  const found = () => Promise.resolve({ items: [...events], nextCursor: 'next' });
  const deps = {
    search: {
      listAccountsWithValue: (value: string, limit: number) => {
        calls.push(['accounts', value, limit]);
        return Promise.resolve([...accountsWithValue]);
      },
      listEventsWithValue: (choice: unknown) => {
        calls.push(['with value', choice]);
        return found();
      },
      countEventsWithValue: () => Promise.resolve(0),
    },
    events: {
      list: (filter: unknown) => {
        calls.push(['events', filter]);
        return found();
      },
    },
    accounts: {
      getMany: (ids: readonly string[]) =>
        Promise.resolve(ids.map((id) => ({ id, name: `Name of ${id}`, createdAt: 0 }))),
    },
    eventTypes: {
      find: () => ({
        name: 'invoice.paid',
        versions: [{ ...aVersion(), type: 'invoice.paid', searchable: ['id'] }],
      }),
    },
    access,
    findWebhook: createFindWebhook({ webhooks: { get: () => Promise.resolve(hook) }, access }),
    explainMany: (
      _actor: Actor,
      items: readonly AcceptedEvent[],
      { onlyWebhook }: { onlyWebhook?: unknown },
    ) => {
      calls.push(['explain', onlyWebhook]);
      return Promise.resolve(items.map(({ id }) => ({ event: { id } })));
    },
  };
  // `as`: the parts are as small as a timeline needs them.
  const timeline = createTimeline(deps as unknown as TimelineDeps);
  const read = (actor: Actor, input: Partial<TimelineInput>) => timeline(actor, input, page);
  return { read, calls };
}

describe('a timeline', () => {
  it('of an app has its events with their accounts, and no fields without a value', async () => {
    const events = [anEvent({ appId: 'app_a', accountId: 'acc_a' })];
    const { read, calls } = aScene(events);
    expect(await read(keyActor(), { appId: 'app_a' })).toEqual({
      items: [{ event: { id: events[0]?.id }, accountId: 'acc_a', fields: [] }],
      nextCursor: 'next',
      accounts: [],
      isCapped: false,
    });
    expect(calls).toEqual([
      ['events', { appId: 'app_a', excludedAppIds: [] }],
      ['explain', undefined],
    ]);
  });

  it('of a webhook has the events of its app, explained for it alone', async () => {
    const { read, calls } = aScene();
    for (const appId of [undefined, 'app_a']) await read(keyActor(), { webhookId: 'wh_1', appId });
    const once = [
      ['events', { appId: 'app_a', excludedAppIds: [] }],
      ['explain', hook],
    ];
    expect(calls).toEqual([...once, ...once]);
  });

  it('of a value has the events of the account of the caller, with the fields that have it', async () => {
    const { read, calls } = aScene([anEvent({ accountId: 'acc_a', dataText: '{"id":"inv_1"}' })]);
    const { items, accounts } = await read(keyActor(), { value: 'inv_1' });
    expect(items).toMatchObject([{ fields: ['id'] }]);
    expect(accounts).toEqual([{ id: 'acc_a', name: null }]);
    const choice = { value: stored, accountIds: ['acc_a'], appId: undefined, excludedAppIds: [] };
    expect(calls).toContainEqual(['with value', choice]);
  });

  it('of a value of an app or account stays there, for the operator too', async () => {
    const { read, calls } = aScene();
    await read(rootActor, { value: 'inv_1', appId: 'app_b' });
    await read(rootActor, { value: 'inv_1', accountId: 'acc_b' });
    await read(bound, { value: 'inv_1' });
    const choice = { value: stored, excludedAppIds: [] };
    expect(calls.filter((call) => Array.isArray(call) && call[0] === 'with value')).toEqual([
      ['with value', { ...choice, accountIds: ['acc_b'], appId: 'app_b' }],
      ['with value', { ...choice, accountIds: ['acc_b'], appId: undefined }],
      ['with value', { ...choice, accountIds: ['acc_a'], appId: 'app_a' }],
    ]);
  });

  it('of a value merges the accounts that have it for the operator, at most twenty', async () => {
    const ids = Array.from({ length: 21 }, (_, n) => `acc_${n}`);
    const { read, calls } = aScene([], ids);
    const { accounts, isCapped } = await read(rootActor, { value: 'inv_1' });
    expect(isCapped).toBe(true);
    expect(accounts).toEqual(ids.slice(0, 20).map((id) => ({ id, name: `Name of ${id}` })));
    expect(calls).toEqual([
      ['accounts', stored, 21],
      ['with value', { value: stored, accountIds: ids.slice(0, 20), appId: undefined, excludedAppIds: [] }],
      ['explain', undefined],
    ]);
    expect((await aScene([], ids.slice(1)).read(rootActor, { value: 'inv_1' })).isCapped).toBe(false);
  });

  it('of a value that no account has is empty, and reads nothing', async () => {
    const { read, calls } = aScene([anEvent()]);
    expect(await read(rootActor, { value: 'inv_1' })).toEqual({
      items: [],
      nextCursor: null,
      accounts: [],
      isCapped: false,
    });
    expect(calls.map((call) => (Array.isArray(call) ? (call[0] as string) : ''))).toEqual([
      'accounts',
      'explain',
    ]);
  });

  it.each<[string, Actor, Partial<TimelineInput>, string]>([
    ['another account', keyActor(), { value: 'a1', accountId: 'acc_b' }, 'account acc_b is not yours'],
    [
      'an app of another account',
      keyActor(),
      { appId: 'app_b' },
      'app app_b does not belong to your account',
    ],
    ['nothing', keyActor(), {}, 'value: is missing; give a value, an appId or a webhookId'],
    ['a blank value', keyActor(), { value: '  ' }, 'value: must not be blank'],
    [
      'a webhook of another app',
      keyActor(),
      { webhookId: 'wh_1', appId: 'app_a2' },
      'webhookId: wh_1 is a webhook of the app app_a, not of app_a2',
    ],
    [
      'an app that is not of the account',
      rootActor,
      { appId: 'app_a', accountId: 'acc_b' },
      'accountId: the app app_a belongs to the account acc_a',
    ],
    [
      'events without the scope',
      keyActor('acc_a', ['webhooks:read']),
      { appId: 'app_a' },
      'this API key lacks the scope events:read',
    ],
  ])('of %s is refused', async (_, actor, input, message) => {
    const { read, calls } = aScene();
    await expect(read(actor, input)).rejects.toMatchObject({ message });
    expect(calls).toEqual([]);
  });
});
