import { beforeAll, describe, expect, test } from 'vitest';
import type { LimitName } from '@tocsin/shared';
import { lowestIdAt } from '../../../server/src/domain/ids.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/* What one account may have and change. All keys of an account share its limits. */

const clock = new FakeClock();
const env = {
  ROLE: 'api',
  MAX_APPS_PER_ACCOUNT: '4',
  MAX_WEBHOOKS_PER_ACCOUNT: '3',
  MAX_KEYS_PER_ACCOUNT: '5',
  MAX_REPLAYS_PER_ACCOUNT: '2',
  MAX_CHANGES_PER_HOUR: '20',
  MAX_CHANGES_PER_DAY: '30',
  MAX_CALLS_PER_SECOND: '1000',
};
const app = useTestApp({ clock, env });
const receiver = useReceiver();
const hourMs = 3_600_000;

interface Tenant {
  readonly accountId: string;
  readonly token: string;
  readonly keyId: string;
}

async function aTenant(): Promise<Tenant> {
  const accountId = await app.createAccount();
  const { key, id } = await app.createKey({ accountId });
  return { accountId, token: key, keyId: id };
}

async function usageOf({ token }: Pick<Tenant, 'token'>, on: TestApp = app) {
  const { limits } = await on.call('accounts.usage', {}, { token });
  return (name: LimitName) => limits.find((limit) => limit.name === name);
}

/** How many answers have each status. */
function countStatuses(answers: readonly { readonly status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const anApp = (tenant: Tenant, on: TestApp = app) =>
  on.trpc('apps.create', { name: 'An app' }, { token: tenant.token });
const aKey = (tenant: Tenant, more: object = {}, on: TestApp = app) =>
  on.trpc('keys.create', { name: 'A key', scopes: ['*'], ...more }, { token: tenant.token });
const aWebhook = (tenant: Tenant, appId: string, on: TestApp = app) =>
  on.trpc('webhooks.create', { appId, url: receiver.url, events: ['user.login'] }, { token: tenant.token });

describe('an account that has all it may have', () => {
  test('cannot create another key, by any of its keys, until one is revoked or expires', async () => {
    const tenant = await aTenant();
    const expiresAt = new Date(clock.now() + 60_000).toISOString();
    const child = await aKey(tenant, { expiresAt });
    const last = [await aKey(tenant), await aKey(tenant), await aKey(tenant)];
    const { status, error } = await aKey({ ...tenant, token: last[0]?.data?.key ?? '' });
    expect([status, error?.data.tocsin]).toMatchObject([403, { code: 'QUOTA_EXCEEDED', retryable: false }]);
    expect(error?.message).toBe(
      `account ${tenant.accountId} already has its 5 API keys; revoke a key, or ask the operator for a higher limit`,
    );
    await app.call('keys.revoke', { id: last[2]?.data?.id }, { token: tenant.token });
    expect((await aKey(tenant)).status).toBe(200);
    expect((await aKey(tenant)).status).toBe(403);
    expect(child.status).toBe(200);
    clock.advance(60_000);
    expect((await aKey(tenant)).status).toBe(200);
    expect((await aKey(tenant)).status).toBe(403);
  });

  test('cannot create another app until one is deleted', async () => {
    const tenant = await aTenant();
    const created = [];
    for (let index = 0; index < 5; index++) created.push(await anApp(tenant));
    expect(created.map(({ status }) => status)).toEqual([200, 200, 200, 200, 403]);
    expect(created[4]?.error?.data.tocsin.code).toBe('QUOTA_EXCEEDED');
    await app.call('apps.delete', { id: created[0]?.data?.id }, { token: tenant.token });
    expect((await anApp(tenant)).status).toBe(200);
    expect((await anApp(tenant)).status).toBe(403);
  });

  test('cannot create another webhook in any app, in the words of the contracts', async () => {
    const tenant = await aTenant();
    const { token } = tenant;
    const [first, second] = [
      await app.createApp({ accountId: tenant.accountId }),
      await app.createApp({ accountId: tenant.accountId }),
    ];
    for (const appId of [first, second, second]) expect((await aWebhook(tenant, appId)).status).toBe(200);
    const { status, error } = await aWebhook(tenant, first);
    expect([status, error?.data.tocsin.code]).toEqual([400, 'WEBHOOK_LIMIT_REACHED']);
    const rest = await app.rest(
      'POST',
      `/v1/apps/${first}/webhooks`,
      { url: receiver.url, events: ['license.created'] },
      { token },
    );
    expect([rest.status, rest.json]).toMatchObject([400, { error: 'bad_request' }]);
    expect(rest.text).toContain('already has its 3 webhooks');
  });

  test('cannot start another replay until one ends', async () => {
    const tenant = await aTenant();
    const appId = await app.createApp({ accountId: tenant.accountId });
    const { data: webhook } = await aWebhook(tenant, appId);
    await app.call(
      'events.publish',
      { appId, event: 'user.login', data: loginData },
      { token: tenant.token },
    );
    // No process sends here, so the deliveries are marked as ended, and a running replay stays.
    await app.db.collection('deliveries').insertOne({
      _id: lowestIdAt('dlv_', clock.now() - 2_000) as never,
      webhookId: webhook?.id,
      appId,
      accountId: tenant.accountId,
      type: 'user.login',
      status: 'failed',
      finishedAt: new Date(clock.now() - 1_000),
    });
    const start = () =>
      app.trpc(
        'deliveries.replay',
        { webhookId: webhook?.id, since: '1970-01-01T00:00:00.000Z' },
        { token: tenant.token },
      );
    const started = [await start(), await start(), await start()];
    expect(started.map(({ status }) => status)).toEqual([200, 200, 403]);
    expect(started[2]?.error?.message).toContain('already has its 2 running replays');
    await app.call('deliveries.cancelReplay', { id: started[0]?.data?.jobId }, { token: tenant.token });
    expect((await start()).status).toBe(200);
  });

  test('still gets exactly its limit when calls to two processes race', async () => {
    await using other = await startTestApp({ clock, env, database: app.database });
    const tenant = await aTenant();
    const processes = [app, other];
    const race = async (create: (on: TestApp) => Promise<{ status: number }>) =>
      countStatuses(
        await Promise.all(Array.from({ length: 12 }, (_, index) => create(processes[index % 2] ?? app))),
      );
    expect(await race((on) => anApp(tenant, on))).toEqual({ 200: 4, 403: 8 });
    expect(await race((on) => aKey(tenant, {}, on))).toEqual({ 200: 4, 403: 8 });
    const appId = await app.createApp({ accountId: tenant.accountId });
    expect(await race((on) => aWebhook(tenant, appId, on))).toEqual({ 200: 3, 400: 9 });
  });

  test('does not limit the operator, whose objects count, nor the default account', async () => {
    const tenant = await aTenant();
    for (let index = 0; index < 6; index++) await app.createApp({ accountId: tenant.accountId });
    expect((await anApp(tenant)).status).toBe(403);
    const { key } = await app.createKey();
    const own = { accountId: 'acc_default', token: key, keyId: '' };
    for (let index = 0; index < 6; index++) expect((await anApp(own)).status).toBe(200);
    for (let index = 0; index < 6; index++) expect((await aKey(own)).status).toBe(200);
  });
});

describe('the changes of an account', () => {
  let tenant: Tenant;
  let appId: string;
  const change = () => app.trpc('apps.delete', { id: appId }, { token: tenant.token });
  const create = () => app.trpc('apps.create', { name: 'x' }, { token: tenant.token });

  /** Creates and deletes until a call is rejected. Returns how many changes there were. */
  async function changeUntilRejected() {
    let changes = 0;
    for (;;) {
      const created = await create();
      if (created.status !== 200) return { changes, rejected: created };
      changes++;
      appId = created.data?.id ?? '';
      const deleted = await change();
      if (deleted.status !== 200) return { changes, rejected: deleted };
      changes++;
    }
  }

  beforeAll(async () => {
    tenant = await aTenant();
  });

  test('by creating and deleting in a loop end at the limit of the hour, then at that of the day', async () => {
    clock.advance(24 * hourMs - (clock.now() % (24 * hourMs)));
    clock.advance(10 * 60_000);
    const { changes, rejected } = await changeUntilRejected();
    expect(changes).toBe(20);
    expect([rejected.status, rejected.headers.get('retry-after')]).toEqual([429, String(50 * 60)]);
    expect(rejected.error?.data.tocsin).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 50 * 60 });
    expect(rejected.error?.message).toContain('already made the 20 changes that it may make in one hour');
    clock.advance(50 * 60_000);
    const second = await changeUntilRejected();
    expect(second.changes).toBe(10);
    expect(second.rejected.error?.message).toContain('the 30 changes that it may make in one day');
    expect(second.rejected.headers.get('retry-after')).toBe(String(23 * 60 * 60));
    const entries = await app.db
      .collection('audit_log')
      .countDocuments({ accountId: tenant.accountId, 'actor.kind': 'key' });
    expect(entries).toBe(30);
  });

  test('are limited over REST by any key, and nothing else is', async () => {
    const { key: other } = await app.createKey({ accountId: tenant.accountId });
    const path = `/v1/apps/${await app.createApp({ accountId: tenant.accountId })}/webhooks`;
    const body = { url: receiver.url, events: ['license.created'] };
    const { status, headers } = await app.rest('POST', path, body, { token: other });
    expect([status, headers.get('retry-after')]).toEqual([429, String(23 * 60 * 60)]);
    expect((await app.rest('GET', path, undefined, { token: other })).status).toBe(200);
    const { accountId } = await aTenant();
    expect((await app.trpc('apps.create', { name: 'x', accountId })).status).toBe(200);
  });

  test('do not count if they fail', async () => {
    const fresh = await aTenant();
    const own = await app.createApp({ accountId: fresh.accountId });
    const path = `/v1/apps/${own}/webhooks`;
    for (let index = 0; index < 25; index++) {
      const call = await app.trpc('apps.create', { name: '' }, { token: fresh.token });
      expect(call.status).toBe(400);
      const rest = await app.rest('POST', path, { url: 'no' }, { token: fresh.token });
      expect(rest.status).toBe(400);
    }
    // The count is taken back after the response.
    await expect.poll(async () => (await usageOf(fresh))('changesPerHour')?.used).toBe(0);
  });
});

describe('the usage of an account', () => {
  test('has the numbers of what it has and did', async () => {
    clock.advance(24 * hourMs - (clock.now() % (24 * hourMs)));
    const tenant = await aTenant();
    const { data } = await anApp(tenant);
    await aKey(tenant);
    await aWebhook(tenant, data?.id ?? '');
    const usage = await usageOf(tenant);
    expect(usage('apps')).toMatchObject({ used: 1, limit: 4, defaultLimit: 4, resetsAt: null });
    expect(usage('webhooks')).toMatchObject({ used: 1, limit: 3 });
    expect(usage('keys')).toMatchObject({ used: 2, limit: 5 });
    expect(usage('replays')).toMatchObject({ used: 0, limit: 2 });
    const [nextHour, nextDay] = [hourMs, 24 * hourMs].map((ms) => new Date(clock.now() + ms).toISOString());
    expect(usage('changesPerHour')).toMatchObject({ used: 3, limit: 20, resetsAt: nextHour });
    expect(usage('changesPerDay')).toMatchObject({ used: 3, limit: 30, resetsAt: nextDay });
    expect(usage('eventsPerSecond')).toMatchObject({ used: 0, limit: 30_000, burst: 60_000, resetsAt: null });
    // The calls above, and the share that the process leased ahead.
    expect(usage('callsPerSecond')).toMatchObject({ limit: 1_000, burst: 3_000 });
    expect(usage('callsPerSecond')?.used).toBeGreaterThanOrEqual(4);
  });

  test('is refused for another account, and shown to the operator for any', async () => {
    const [one, two] = [await aTenant(), await aTenant()];
    const foreign = await app.trpc('accounts.usage', { accountId: two.accountId }, { token: one.token });
    expect(foreign.status).toBe(403);
    expect((await app.call('accounts.usage', { accountId: two.accountId })).accountId).toBe(two.accountId);
    const own = await app.call('accounts.usage', {});
    expect(own.accountId).toBe('acc_default');
    expect(own.limits.every(({ limit }) => limit === null)).toBe(true);
    expect((await app.trpc('accounts.usage', { accountId: 'acc_nobody' })).status).toBe(404);
  });
});

describe('limits that the operator sets', () => {
  test('apply to one account, are recorded, and can be taken back', async () => {
    const [tenant, other] = [await aTenant(), await aTenant()];
    const set = (limits: object) => app.call('accounts.setLimits', { accountId: tenant.accountId, limits });
    await set({ apps: 1, webhooks: 'unlimited' });
    expect([(await anApp(tenant)).status, (await anApp(tenant)).status]).toEqual([200, 403]);
    expect([(await anApp(other)).status, (await anApp(other)).status]).toEqual([200, 200]);
    const usage = await usageOf(tenant);
    expect(usage('apps')).toMatchObject({ limit: 1, defaultLimit: 4, used: 1 });
    expect(usage('webhooks')).toMatchObject({ limit: null, defaultLimit: 3 });
    await set({ apps: null });
    expect((await anApp(tenant)).status).toBe(200);
    const { items } = await app.call('auditLog.list', { action: 'account.limits_changed' });
    const ours = items.filter(({ targetId }) => targetId === tenant.accountId);
    expect(ours.map(({ accountId, details }) => [accountId, details['changed']])).toEqual(
      expect.arrayContaining([
        [tenant.accountId, ['apps']],
        [tenant.accountId, ['apps', 'webhooks']],
      ]),
    );
  });

  test('can limit the default account, and stop an account from calling', async () => {
    const { key: token } = await app.createKey();
    await app.call('accounts.setLimits', { accountId: 'acc_default', limits: { keys: 0 } });
    expect((await app.trpc('keys.create', { name: 'x', scopes: ['*'] }, { token })).status).toBe(403);
    await app.call('accounts.setLimits', { accountId: 'acc_default', limits: { keys: null } });
    const tenant = await aTenant();
    await app.call('accounts.setLimits', { accountId: tenant.accountId, limits: { callsPerSecond: 0 } });
    const { status, headers } = await app.trpc('apps.list', {}, { token: tenant.token });
    expect([status, headers.get('retry-after')]).toEqual([429, '3600']);
  });

  test.each([
    { limits: {} },
    { limits: { apps: -1 } },
    { limits: { apps: 100_001 } },
    { limits: { apps: 1.5 } },
    { limits: { app: 1 } },
  ])('must be known and in range: $limits', async ({ limits }) => {
    const { accountId } = await aTenant();
    expect((await app.trpc('accounts.setLimits', { accountId, limits })).status).toBe(400);
  });
});
