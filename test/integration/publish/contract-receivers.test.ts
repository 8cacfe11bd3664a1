import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { expect, it } from 'vitest';
import { pickFreePort } from '../../../server/src/embedded/ports.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

/* The receivers of Authon's documentation, unchanged, with requests of this server. */

const login = { userId: 'usr_abc123', username: 'testuser', ip: '192.168.1.100', hwid: 'HWID-A1B2C3D4' };
const ban = { userId: 'usr_abc123', username: 'testuser', reason: 'Terms violation', bannedBy: 'seller_xyz' };

async function create(app: TestApp, appId: string, url: string): Promise<{ id: string; secret: string }> {
  const body = { url, events: ['user.login', 'user.register', 'user.ban', 'license.activate'] };
  const { json } = await app.rest('POST', `/v1/admin/apps/${appId}/webhooks`, body);
  return (json as { data: { id: string; secret: string } }).data;
}

async function statusesOf(app: TestApp, appId: string): Promise<(number | null | undefined)[]> {
  const { items } = await app.call('deliveries.list', { appId });
  const details = await Promise.all(items.map(({ id }) => app.call('deliveries.get', { id })));
  return details.map(({ attempts }) => attempts.at(-1)?.statusCode);
}

it('satisfies the documented Node receiver, which rejects another secret', async () => {
  await using app = await startTestApp({ env: { RETRY_SCHEDULE: '10m' } });
  const appId = await app.createApp();
  const lines: string[] = [];
  let expectedSecret = '';
  const receiver = express();
  receiver.use(express.json());
  receiver.post('/webhook', (req, res) => {
    const secret = req.headers['x-webhook-secret'];
    if (secret !== expectedSecret) {
      res.status(401).json({ error: 'Invalid secret' });
      return;
    }
    const { event, data } = req.body as { event: string; data: Record<string, string> };
    switch (event) {
      case 'user.login':
        lines.push(`User ${data['username']} logged in from ${data['ip']}`);
        break;
      case 'license.activate':
        lines.push(`License ${data['key']} activated`);
        break;
    }
    res.status(200).json({ received: true });
  });
  const server = receiver.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  ({ secret: expectedSecret } = await create(app, appId, `http://127.0.0.1:${port}/webhook`));
  await app.call('events.publish', { appId, event: 'user.login', data: login });
  await app.whenIdle();
  expect(lines).toEqual(['User testuser logged in from 192.168.1.100']);
  expect(await statusesOf(app, appId)).toEqual([200]);

  expectedSecret = 'whsec_of_somebody_else';
  await app.call('events.publish', { appId, event: 'user.login', data: login });
  await expect.poll(() => statusesOf(app, appId)).toEqual([401, 200]);
  server.closeAllConnections();
  server.close();
});

it('satisfies the documented Python receiver', async () => {
  await using app = await startTestApp();
  const appId = await app.createApp();
  const port = await pickFreePort();
  const { id, secret } = await create(app, appId, `http://127.0.0.1:${port}/webhook`);
  const script = fileURLToPath(new URL('../../fixtures/contract-receivers/receiver.py', import.meta.url));
  const python = spawn('python3', [script, String(port)], {
    env: { ...process.env, AUTHON_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    let output = '';
    python.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    await expect
      .poll(() => app.call('webhooks.test', { id }), { interval: 200 })
      .toMatchObject({ delivered: true, statusCode: 200 });
    await app.call('events.publish', { appId, event: 'user.login', data: login });
    await app.call('events.publish', { appId, event: 'user.ban', data: ban });
    await app.whenIdle();
    // Its output comes over another pipe than its responses.
    await expect.poll(() => output).toContain('Login: testuser from 192.168.1.100');
    await expect.poll(() => output).toContain('Banned: testuser - Terms violation');
  } finally {
    python.kill();
  }
});
