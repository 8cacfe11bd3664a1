import { get, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { DemoDelivery } from '../../../server/src/services/demo/demo-receiver.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData, subscribe } from '../../support/publishing.ts';

const app = useTestApp({ isDemoOpen: true });
const closed = useTestApp();

async function readDemo(): Promise<readonly DemoDelivery[]> {
  const { deliveries } = (await (await fetch(`${app.url}/demo`)).json()) as {
    readonly deliveries: readonly DemoDelivery[];
  };
  return deliveries;
}

/** Like `fetch`, which does not let a program set the Host header. */
async function getRaw(url: string, headers: IncomingHttpHeaders) {
  return await new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: string }>(
    (resolve, reject) => {
      get(url, { headers }, (response) => {
        text(response).then((body) => {
          resolve({ status: response.statusCode, headers: response.headers, body });
        }, reject);
      }).on('error', reject);
    },
  );
}

it('waits for the first delivery, and shows it verified', async () => {
  const { publish, webhookId } = await subscribe(app, `${app.url}/demo`);
  const seen = readDemo();
  const eventId = await publish();
  const [first, ...others] = await seen;
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    verified: true,
    webhookId,
    profile: 'standard',
    headers: { 'webhook-id': eventId },
    body: { type: 'user.login', data: loginData },
  });
});

it.each([
  ['authon', {}],
  ['authforge', {}],
  ['standard', { signing: 'ed25519' }],
] as const)('verifies deliveries of the profile %s, and shows no secret', async (profile, more) => {
  const appId = await app.createApp();
  const { id, secret } = await app.call('webhooks.create', {
    appId,
    url: `${app.url}/demo`,
    events: ['user.login'],
    profile,
    ...more,
  });
  await app.call('webhooks.test', { id });
  const found = (await readDemo()).find(({ webhookId }) => webhookId === id);
  expect(found).toMatchObject({ verified: true, profile });
  expect(JSON.stringify(await readDemo())).not.toContain(secret);
});

it('shows a request that proves no secret as not verified', async () => {
  const answer = await app.rest('POST', '/demo', { type: '<script>alert(1)</script>' }, { token: null });
  expect(answer.status).toBe(200);
  expect((await readDemo())[0]).toMatchObject({ verified: false, webhookId: null });
  const page = await getRaw(`${app.url}/demo`, { accept: 'text/html,*/*' });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.body).toContain('Not verified');
  expect(page.body).toContain('&lt;script&gt;');
  expect(page.body).not.toContain('<script');
});

it.each([
  ['a proxy', { 'x-forwarded-for': '203.0.113.7' }],
  ['another proxy', { forwarded: 'for=203.0.113.7' }],
  ['the page of another site', { host: 'attacker.example' }],
  ['a name that only begins like an address of this machine', { host: '127.0.0.1.attacker.example' }],
])('serves nothing to %s', async (_name, headers) => {
  expect((await getRaw(`${app.url}/demo`, headers)).status).toBe(404);
});

it('is the only route that accepts deliveries, and does not exist unless it is on', async () => {
  const headers = { 'x-tocsin-delivery': 'ins_0000000000000000; depth=1' };
  const post = async (of: typeof app, path: string) => (await of.rest('POST', path, {}, { headers })).status;
  expect(await post(app, '/demo')).toBe(200);
  expect(await post(app, '/v1/apps/app_x/events')).toBe(403);
  expect(await post(app, '/demo/other')).toBe(403);
  expect(await post(closed, '/demo')).toBe(403);
  expect((await closed.rest('GET', '/demo')).status).toBe(404);
});
