import { expect, it } from 'vitest';
import type { Actor, App } from '../../../../server/src/domain/access.ts';
import type { AccountStore, AppStore } from '../../../../server/src/domain/ports/access-stores.ts';
import type { AppDeletionStore } from '../../../../server/src/domain/ports/app-deletion-store.ts';
import type { AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createAppService } from '../../../../server/src/services/accounts/apps.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import type { Quotas } from '../../../../server/src/services/limits/quotas.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const own: App = { id: 'app_a', accountId: 'acc_a', name: 'A', createdAt: 0 };
const page = { cursor: undefined, limit: 10 };
const bound = { ...keyActor(), appId: 'app_a' } as Actor; // keyActor returns a key, whose type has an app

function serviceOn({ start = 'missing' }: { start?: Awaited<ReturnType<AppDeletionStore['start']>> } = {}) {
  const calls: unknown[] = [];
  const listed: (readonly string[] | undefined)[] = [];
  const recorded: unknown[] = [];
  const apps: Pick<AppStore, 'insert' | 'get' | 'list'> = {
    insert: (app) => {
      calls.push(['insert', app.id, app.accountId]);
      return Promise.resolve('inserted');
    },
    get: () => Promise.resolve(own),
    list: (filter) => {
      calls.push(['list', filter.accountId]);
      listed.push(filter.ids);
      const items = filter.ids?.includes(own.id) === true ? [own] : [];
      return Promise.resolve({ items, next: undefined });
    },
  };
  const service = createAppService({
    apps: apps as AppStore,
    accounts: { get: (id) => Promise.resolve({ id, name: id, createdAt: 0 }) } as AccountStore,
    deletions: {
      start: () => Promise.resolve(start),
      list: (filter) => {
        calls.push(['deletions', filter.accountId]);
        return Promise.resolve({ items: [], nextCursor: null });
      },
    },
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a' }),
    audit: {
      record: (_actor, { action, accountId, appId, targetId, details }) => {
        recorded.push({ action, accountId, appId, targetId, details });
        return Promise.resolve();
      },
    } as AuditService, // `as`: the service only records
    // `insert` only passes the limit on here, and the service uses no other method.
    quotas: { insert: (_actor, _accountId, _kind, write) => write(undefined) } as Quotas,
    calls: unkeyedCalls(new FakeClock()),
    ids: createIds(),
    clock: new FakeClock(),
    onChanged: (appId) => void calls.push(['changed', appId]),
  });
  return { service, calls, listed, recorded };
}

it('generates the ids of customers, and lets the operator choose', async () => {
  const { service, calls } = serviceOn();
  const chosen = service.create(keyActor(), { id: 'app_mine', name: 'A' });
  await expect(chosen).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(calls).toEqual([]);
  const { id } = await service.create(keyActor(), { name: 'A' });
  expect(id).toMatch(/^app_[0-9a-f]{16}$/);
  expect((await service.create(rootActor, { id: 'app_shop', name: 'A' })).id).toBe('app_shop');
});

it('needs the scope apps:write to create and delete, and not webhooks:write', async () => {
  const { service } = serviceOn({ start: { accountId: 'acc_a', webhookIds: [] } });
  const webhooksOnly = keyActor('acc_a', ['webhooks:write']);
  await expect(service.create(webhooksOnly, { name: 'A' })).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
  await expect(service.delete(webhooksOnly, 'app_a')).rejects.toMatchObject({ code: 'SCOPE_MISSING' });
  const writer = keyActor('acc_a', ['apps:write']);
  expect(await service.delete(writer, 'app_a')).toEqual({ id: 'app_a', deleted: true });
});

it('records what it creates and deletes, with the webhooks that go with an app', async () => {
  const { service, recorded } = serviceOn({ start: { accountId: 'acc_a', webhookIds: ['wh_1'] } });
  await service.create(rootActor, { id: 'app_new', accountId: 'acc_b', name: 'A' });
  await service.delete(keyActor(), 'app_a');
  expect(recorded).toEqual([
    { action: 'app.created', accountId: 'acc_b', appId: 'app_new', targetId: 'app_new', details: undefined },
    {
      action: 'app.deleted',
      accountId: 'acc_a',
      appId: 'app_a',
      targetId: 'app_a',
      details: { webhooks: ['wh_1'] },
    },
  ]);
});

it('lets a key that is bound to an app create and delete none, and list only its own', async () => {
  const { service, calls } = serviceOn();
  await expect(service.create(bound, { name: 'A' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(service.delete(bound, 'app_a')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(service.get(bound, 'app_a2')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect((await service.list(bound, page)).items.map(({ id }) => id)).toEqual(['app_a']);
  expect((await service.deletions(bound, page)).items).toEqual([]);
  expect(calls).toEqual([['list', 'acc_a']]);
});

it('lists no other app for a key that is bound to one, also if the call names it', async () => {
  const { service, listed } = serviceOn();
  await service.list(bound, { ...page, ids: ['app_a2', 'app_a'] });
  await service.list(bound, { ...page, ids: ['app_a2'] });
  await service.list(keyActor(), { ...page, ids: ['app_a2', 'app_a'] });
  expect(listed).toEqual([['app_a'], [], ['app_a2', 'app_a']]);
});

it('lists the apps and deletions of the account of a key, and all for the operator', async () => {
  const { service, calls } = serviceOn();
  for (const actor of [keyActor(), rootActor]) {
    await service.list(actor, page);
    await service.deletions(actor, page);
  }
  expect(calls).toEqual([
    ['list', 'acc_a'],
    ['deletions', 'acc_a'],
    ['list', undefined],
    ['deletions', undefined],
  ]);
});

it('rejects a deletion above the limit as retryable, and one that another call has made as forbidden', async () => {
  const full = serviceOn({ start: 'limit_reached' });
  await expect(full.service.delete(keyActor(), 'app_a')).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterSeconds: 60,
  });
  const gone = serviceOn({ start: 'missing' });
  await expect(gone.service.delete(keyActor(), 'app_a')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect([...full.calls, ...gone.calls]).toEqual([]);
});
