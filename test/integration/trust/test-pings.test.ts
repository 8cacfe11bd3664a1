import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { Receiver } from '../../support/receiver.ts';

/** A receiver that answers nothing until `open` is called. */
async function gatedReceiver() {
  let open = () => {};
  const gate = new Promise<number>((resolve) => (open = () => resolve(200)));
  const receiver = await Receiver.start({ answer: () => gate });
  return { receiver, open, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() };
}

interface Ping {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

/** Starts a test ping the way that a transport offers. */
type SendPing = (app: TestApp, appId: string, webhookId: string, token?: string) => Promise<Ping>;

const overTrpc: SendPing = async (app, _, id, token = app.rootToken) => {
  const { status, text, headers } = await app.trpc('webhooks.test', { id }, { token });
  return { status, text, retryAfter: headers.get('retry-after') };
};

const overRest =
  (pathOf: (appId: string, id: string) => string): SendPing =>
  async (app, appId, id, token = app.rootToken) => {
    const { status, text, headers } = await app.rest('POST', pathOf(appId, id), undefined, { token });
    return { status, text, retryAfter: headers.get('retry-after') };
  };

const transports: readonly [string, 'standard' | 'authforge' | 'authon', SendPing][] = [
  ['tRPC', 'standard', overTrpc],
  ["Authon's contract", 'authon', overRest((appId, id) => `/v1/admin/apps/${appId}/webhooks/${id}/test`)],
  ["AuthForge's contract", 'authforge', overRest((appId, id) => `/v1/apps/${appId}/webhooks/${id}/test`)],
];

async function createWebhook(app: TestApp, url: string, profile: string, more: object = {}) {
  const appId = await app.createApp();
  const events = profile === 'authforge' ? ['license.created'] : ['user.login'];
  if (profile === 'standard') {
    const { id } = await app.call('webhooks.create', { appId, url, events, ...more });
    return { appId, id };
  }
  const path = profile === 'authon' ? `/v1/admin/apps/${appId}/webhooks` : `/v1/apps/${appId}/webhooks`;
  const { status } = await app.rest('POST', path, { url, events });
  expect(status).toBeLessThan(300);
  const [webhook] = (await app.call('webhooks.list', { appId })).items;
  const id = webhook?.id ?? '';
  await app.call('webhooks.update', { id, ...more });
  return { appId, id };
}

describe('test pings', () => {
  it.each(transports)('over %s reach a webhook once within its rate limit', async (_, profile, send) => {
    // Its time stands still, so that the rate limit does not end meanwhile.
    await using app = await startTestApp({ clock: new FakeClock(Date.now()) });
    await using gated = await gatedReceiver();
    const { receiver, open } = gated;
    const { appId, id } = await createWebhook(app, receiver.origin, profile, { rateLimit: 0.1 });
    const pings = Array.from({ length: 90 }, () => send(app, appId, id));
    const rejected: Ping[] = [];
    const all = pings.map(async (ping) => {
      const result = await ping;
      if (result.status !== 200) rejected.push(result);
      return result;
    });
    await expect.poll(() => rejected.length, { timeout: 20_000 }).toBe(89);
    open();
    await Promise.all(all);
    expect(receiver.requests).toHaveLength(1);
    expect(new Set(rejected.map(({ status }) => status))).toEqual(new Set([429]));
    expect(rejected.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true);
    // After the ping, its rate limit rejects the next one, for as long as the error says.
    const next = await send(app, appId, id);
    expect(next.status).toBe(429);
    expect(next.text).toContain('has a rate limit of 0.1 requests per second');
    expect(Number(next.retryAfter)).toBe(10);
    expect(receiver.requests).toHaveLength(1);
    // A rejected ping stores nothing.
    expect(await app.db.collection('events').countDocuments({ appId })).toBe(1);
  });

  it('of one webhook run one at a time over several processes', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const env = {
      ROOT_TOKEN: 'root_token_of_both_processes',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    await using one = await startTestApp({ database, env });
    await using two = await startTestApp({ database, env: { ...env, ROLE: 'api' } });
    await using gated = await gatedReceiver();
    const { appId, id } = await createWebhook(one, gated.receiver.origin, 'standard');
    const first = overTrpc(one, appId, id);
    await gated.receiver.waitFor(1);
    expect(await overTrpc(two, appId, id)).toMatchObject({ status: 429 });
    gated.open();
    expect(await first).toMatchObject({ status: 200 });
    expect(await overTrpc(two, appId, id)).toMatchObject({ status: 200 });
  });

  it('of one account to many webhooks of one receiver are few at a time, and of another run', async () => {
    await using app = await startTestApp();
    await using gated = await gatedReceiver();
    await using other = await Receiver.start();
    const webhooks = [];
    const appId = await app.createApp();
    for (let n = 0; n < 30; n++) {
      webhooks.push(
        await app.call('webhooks.create', { appId, url: gated.receiver.origin, events: ['user.login'] }),
      );
    }
    const rejected: Ping[] = [];
    const all = webhooks.map(async ({ id }) => {
      const ping = await overTrpc(app, appId, id);
      if (ping.status !== 200) rejected.push(ping);
    });
    await expect.poll(() => rejected.length).toBe(26);
    expect(rejected[0]?.text).toContain('this account already has 4 test pings running, the maximum');
    const accountId = await app.createAccount();
    const theirs = await app.createApp({ accountId });
    const { id } = await app.call('webhooks.create', {
      appId: theirs,
      url: other.origin,
      events: ['user.login'],
    });
    expect(await overTrpc(app, theirs, id)).toMatchObject({ status: 200 });
    gated.open();
    await Promise.all(all);
    expect(gated.receiver.requests).toHaveLength(4);
  });
});
