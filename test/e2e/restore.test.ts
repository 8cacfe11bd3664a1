import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { findTestMongod } from '../support/mongod.ts';
import { loginData } from '../support/publishing.ts';
import { Receiver } from '../support/receiver.ts';
import { startServerProcess, testRootToken, type ServerProcess } from '../support/server-process.ts';

/** Longer than the poll interval of the engine (at most 1.2 s): a due delivery would have been claimed. */
const pollMs = 3_000;

const authorization = `Bearer ${testRootToken}`;

async function read(server: ServerProcess, path: string): Promise<string> {
  return await (await fetch(`${server.url}${path}`, { headers: { authorization } })).text();
}

const publish = async (server: ServerProcess) =>
  await call(server, 'events.publish', { appId: 'kept', event: 'user.login', data: loginData });

/** Stops the server gracefully, also when the test fails: a killed one leaves its mongod running. */
async function withServer(
  env: Readonly<Record<string, string>>,
  use: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  await using server = await startServerProcess(env);
  try {
    await use(server);
  } finally {
    server.signal('SIGTERM');
    expect(await server.exited).toBe(0);
  }
}

it('DELIVERY_HOLD accepts events but sends none from a restored database until it is removed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-restore-'));
  const env = { MONGOD_BINARY: await findTestMongod(), RETRY_SCHEDULE: '1s,1s,1s,1s,1s,1s' };
  const [original, backup] = [join(folder, 'original'), join(folder, 'backup')];
  try {
    await using receiver = await Receiver.start({ answer: 503 });
    await withServer({ ...env, DATA_DIR: original }, async (server) => {
      await call(server, 'apps.create', { id: 'kept', name: 'Kept' });
      await call(server, 'webhooks.create', { appId: 'kept', url: receiver.url, events: ['user.login'] });
      await publish(server);
      await receiver.waitFor(1);
    });
    // The original delivers after the copy what is pending in the backup.
    await cp(original, backup, { recursive: true });
    receiver.answerWith(200);
    await withServer({ ...env, DATA_DIR: original }, async () => {
      await receiver.waitFor(2, { timeoutMs: 20_000 });
    });
    const sent = receiver.requests.length;
    await withServer({ ...env, DATA_DIR: backup, DELIVERY_HOLD: 'true' }, async (held) => {
      await publish(held);
      await wait(pollMs);
      expect(receiver.requests).toHaveLength(sent);
      expect(JSON.parse(await read(held, '/readyz'))).toMatchObject({
        status: 'ready',
        checks: { delivery: 'held' },
      });
      expect(JSON.parse(await read(held, '/trpc/system.stats'))).toMatchObject({
        result: { data: { delivery: 'held', queue: { pending: 2 } } },
      });
      expect(await read(held, '/metrics')).toMatch(/^tocsin_delivery_held 1$/m);
      expect(held.output()).toContain('DELIVERY_HOLD is set: events are accepted');
    });
    await withServer({ ...env, DATA_DIR: backup }, async (released) => {
      const all = await receiver.waitFor(sent + 2, { timeoutMs: 20_000 });
      // The delivered event arrives again with the same id, so that a receiver recognizes it.
      expect(new Set(all.map((request) => request.headers['webhook-id'])).size).toBe(2);
      expect(JSON.parse(await read(released, '/readyz'))).toMatchObject({ checks: { delivery: 'ok' } });
      await expect
        .poll(async () => JSON.parse(await read(released, '/trpc/system.stats')) as unknown)
        .toMatchObject({ result: { data: { queue: { pending: 0 } } } });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
