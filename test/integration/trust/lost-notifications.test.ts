import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safeVerify } from '../../../client/src/receiver/index.ts';
import type { TestApp } from '../../support/app.ts';
import { useReceiver, useTestApp, useTestMongod } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

/** A mongod of its own: its fail point strikes every client that it has. */
const mongod = useTestMongod();
const app = useTestApp(() => ({ mongoUri: mongod.uri }));
/** Another process on the same database. */
const other = useTestApp(() => ({
  mongoUri: mongod.uri,
  database: app.database,
  env: { ROOT_TOKEN: app.rootToken },
}));
const receiver = useReceiver();

beforeAll(async () => {
  // Every insert into the collection of notifications fails, so none is ever heard.
  await app.db.admin().command({
    configureFailPoint: 'failCommand',
    mode: 'alwaysOn',
    data: { failCommands: ['insert'], namespace: `${app.database}.signal_log`, errorCode: 2 },
  });
});

/** How many webhooks an event of this app is sent to. */
async function targetsOf(appId: string, process: TestApp = app): Promise<number> {
  return (await process.call('events.publish', { appId, event: 'user.login', data: loginData })).deliveries;
}

async function createWebhook(appId: string) {
  return await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
}

describe('a change holds in another process once it is answered, although its notification is lost', () => {
  // So that the changes below wait for no other process.
  afterAll(() => other.stop());

  it('when a webhook is created, disabled, enabled and deleted', async () => {
    const appId = await app.createApp();
    expect(await targetsOf(appId, other)).toBe(0);
    const { id } = await createWebhook(appId);
    expect(await targetsOf(appId, other)).toBe(1);
    await app.call('webhooks.update', { id, enabled: false });
    expect(await targetsOf(appId, other)).toBe(0);
    await app.call('webhooks.update', { id, enabled: true });
    expect(await targetsOf(appId, other)).toBe(1);
    await app.call('webhooks.delete', { id });
    expect(await targetsOf(appId, other)).toBe(0);
  });

  it('when a key is created, rotated without an overlap, and revoked', async () => {
    const use = async (token: string) => (await other.trpc('apps.list', {}, { token })).status;
    const { id, key } = await app.createKey();
    expect(await use(key)).toBe(200);
    const rotated = await app.call('keys.rotate', { id, overlapHours: 0 });
    expect([await use(key), await use(rotated.key)]).toEqual([401, 200]);
    await app.call('keys.revoke', { id });
    expect(await use(rotated.key)).toBe(401);
  });

  it('when an app is deleted', async () => {
    const appId = await app.createApp();
    expect(await targetsOf(appId, other)).toBe(0);
    await app.call('apps.delete', { id: appId });
    const input = { appId, event: 'user.login', data: loginData };
    expect((await other.trpc('events.publish', input)).status).toBe(403);
  });
});

describe('a change holds at once in the process that made it, although its notification is lost', () => {
  it('when a webhook is created, disabled, enabled and deleted', async () => {
    const appId = await app.createApp();
    expect(await targetsOf(appId)).toBe(0);
    const { id } = await createWebhook(appId);
    expect(await targetsOf(appId)).toBe(1);
    await app.call('webhooks.update', { id, enabled: false });
    expect(await targetsOf(appId)).toBe(0);
    await app.call('webhooks.update', { id, enabled: true });
    expect(await targetsOf(appId)).toBe(1);
    await app.call('webhooks.delete', { id });
    expect(await targetsOf(appId)).toBe(0);
  });

  it('when a secret is rotated without an overlap', async () => {
    const appId = await app.createApp();
    const { id, secret: old } = await createWebhook(appId);
    const isProvenBy = async (secret: string, eventId: string) => {
      const [request] = await receiver.waitFor(1, {
        where: ({ headers }) => headers['webhook-id'] === eventId,
      });
      if (request === undefined) throw new Error('the event did not arrive');
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      return (await safeVerify({ headers, body: request.body }, { secret, profile: 'standard' })).ok;
    };
    const publish = async () =>
      (await app.call('events.publish', { appId, event: 'user.login', data: loginData })).id;
    expect(await isProvenBy(old, await publish())).toBe(true);
    const { secret: fresh } = await app.call('webhooks.rotateSecret', { id, overlapHours: 0 });
    const eventId = await publish();
    expect([await isProvenBy(old, eventId), await isProvenBy(fresh, eventId)]).toEqual([false, true]);
  });

  it('when a key is revoked', async () => {
    const { id, key } = await app.createKey();
    expect((await app.trpc('apps.list', {}, { token: key })).status).toBe(200);
    await app.call('keys.revoke', { id });
    expect((await app.trpc('apps.list', {}, { token: key })).status).toBe(401);
  });

  it('when an app is deleted', async () => {
    const { key } = await app.createKey();
    const appId = await app.createApp();
    const publish = async () => {
      const input = { appId, event: 'user.login', data: loginData };
      return (await app.trpc('events.publish', input, { token: key })).status;
    };
    expect(await publish()).toBe(200);
    await app.call('apps.delete', { id: appId });
    expect(await publish()).toBe(403);
  });
});
