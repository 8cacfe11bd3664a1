import { isDeepStrictEqual } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { untilAwaitingRetry, untilWebhook } from '../../support/waits.ts';

/* The revision of a webhook, and changes that expect one. */

const app = useTestApp({ env: { RETRY_SCHEDULE: '1h' } });
const receiver = useReceiver();
let appId: string;

beforeEach(async () => {
  appId = await app.createApp();
});

async function createWebhook(url = 'http://127.0.0.1:9/') {
  return await app.call('webhooks.create', { appId, url, events: ['user.login'] });
}

/** Returns the digest of the database after the engine has written the result of the first attempt. */
async function untilStill(): Promise<Record<string, unknown>> {
  let before: Record<string, unknown> = {};
  const isStill = async () => {
    const last = before;
    before = await app.fingerprint();
    return isDeepStrictEqual(last, before);
  };
  await expect.poll(isStill, { interval: 200 }).toBe(true);
  return before;
}

async function getRevision(id: string): Promise<number> {
  return (await app.call('webhooks.get', { id })).revision;
}

test('each change raises the revision, and a call that changes nothing does not', async () => {
  const { id, revision } = await createWebhook();
  expect(revision).toBe(1);
  expect((await app.call('webhooks.update', { id, description: 'a' })).revision).toBe(2);
  expect((await app.call('webhooks.update', { id, enabled: false })).revision).toBe(3);
  expect((await app.call('webhooks.update', { id, enabled: true })).revision).toBe(4);
  expect((await app.call('webhooks.rotateSecret', { id })).revision).toBe(5);
  await app.trpc('webhooks.update', { id, url: 'ftp://127.0.0.1/' });
  await app.call('webhooks.test', { id });
  expect(await getRevision(id)).toBe(5);
});

test('the server raises the revision when it disables a webhook', async () => {
  receiver.answerWith(410);
  const { id } = await createWebhook(receiver.url);
  const data = { userId: 'u', username: 'n', ip: '192.0.2.1', hwid: 'h', appId };
  await app.call('events.publish', { appId, event: 'user.login', data });
  await untilWebhook(app, id, { enabled: false });
  expect(await getRevision(id)).toBe(2);
});

test('a change and a deletion of an outdated revision change nothing and name the current one', async () => {
  receiver.answerWith(500);
  const { id } = await createWebhook(receiver.url);
  const data = { userId: 'u', username: 'n', ip: '192.0.2.1', hwid: 'h', appId };
  await app.call('events.publish', { appId, event: 'user.login', data });
  // A backlog, which the second call would cancel.
  await untilAwaitingRetry(app, 1);
  const cancelled = { id, enabled: true, backlog: 'cancel', expectedRevision: 1 };
  await app.call('webhooks.update', { id, enabled: false, expectedRevision: 1 });
  const before = await untilStill();
  for (const [path, input] of [
    ['webhooks.update', { id, description: 'mine', expectedRevision: 1 }],
    ['webhooks.update', cancelled],
    ['webhooks.delete', { id, expectedRevision: 3 }],
  ] as const) {
    const { status, error } = await app.trpc(path, input);
    expect(status).toBe(412);
    expect(error?.data).toMatchObject({ code: 'PRECONDITION_FAILED', httpStatus: 412 });
    expect(error?.data.tocsin).toMatchObject({ code: 'REVISION_MISMATCH', retryable: false });
    expect(error?.message).toContain(`webhook ${id} has revision 2, not ${input.expectedRevision}`);
  }
  expect(await app.fingerprint()).toEqual(before);
  await app.call('webhooks.delete', { id, expectedRevision: 2 });
});

test('one of several changes that expect the same revision is applied', async () => {
  const { id } = await createWebhook();
  const texts = ['a', 'b', 'c', 'd'];
  const results = await Promise.all(
    texts.map((description) => app.trpc('webhooks.update', { id, description, expectedRevision: 1 })),
  );
  expect(results.map(({ status }) => `${status}`).sort()).toEqual(['200', '412', '412', '412']);
  const applied = results.find(({ status }) => status === 200)?.data;
  expect(await app.call('webhooks.get', { id })).toMatchObject({
    revision: 2,
    description: applied?.description,
  });
  const { items } = await app.call('auditLog.list', { appId, action: 'webhook.updated' });
  expect(items.find(({ targetId }) => targetId === id)?.details).toEqual({ changed: ['description'] });
});

test('the routes of both contracts neither show the revision nor expect one', async () => {
  for (const path of [`/v1/apps/${appId}/webhooks`, `/v1/admin/apps/${appId}/webhooks`]) {
    const body = { url: 'http://127.0.0.1:9/', events: ['user.login'], expectedRevision: 9 };
    expect((await app.rest('POST', path, body)).text).not.toContain('evision');
    expect((await app.rest('GET', path)).text).not.toContain('evision');
  }
});
