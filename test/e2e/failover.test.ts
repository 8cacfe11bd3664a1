import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTocsinClient } from '../../client/src/index.ts';
import type { OutputOf, ProcedurePath } from '../support/app.ts';
import { call, tryCall, type CallAnswer } from '../support/call.ts';
import { startTestReplicaSet } from '../support/mongod.ts';
import { loginData } from '../support/publishing.ts';
import { startServerProcess, testRootToken } from '../support/server-process.ts';

const appId = 'failover';

type Answer = CallAnswer<unknown> & { readonly path: ProcedurePath };

/** The calls that run in a loop during the failover. */
const calls: readonly (readonly [path: ProcedurePath, input?: object])[] = [
  ['events.publish', { appId, event: 'user.login', data: loginData }],
  ['events.list'],
  ['deliveries.list'],
  ['system.stats'],
  ['apps.list'],
  ['keys.list'],
  ['auditLog.list'],
  ['apps.create', { name: 'Created meanwhile' }],
  ['keys.create', { name: 'Created meanwhile', scopes: ['*'] }],
];

it('succeeds or returns UNAVAILABLE during a failover, and a subscription misses nothing', async () => {
  await using set = await startTestReplicaSet({ members: 3 });
  await using server = await startServerProcess({ MONGODB_URI: set.uri.replace('/?', '/tocsin?') });
  await call(server, 'apps.create', { id: appId, name: 'Failover' });
  const client = createTocsinClient({ url: server.url, token: testRootToken, logger: {} });
  const seen = new Set<string>();
  const reading = (async () => {
    for await (const event of client.events.subscribe({ appId })) seen.add(event.id);
  })().catch((error: unknown) => error);
  // A subscription starts at the time of its call, so it owes nothing until its first event has arrived.
  const publishAndCount = async () => {
    await call(server, 'events.publish', { appId, event: 'user.login', data: loginData });
    return seen.size;
  };
  await expect.poll(publishAndCount, { interval: 100 }).toBeGreaterThan(0);

  const answers: Answer[] = [];
  const since = (from: number) => answers.slice(from);
  const succeeded = (from: number) =>
    new Set(since(from).flatMap(({ path, status }) => (status === 200 ? [path] : [])));
  const over = new AbortController();
  const loops = calls.map(async ([path, input]) => {
    while (!over.signal.aborted) {
      answers.push({ path, ...(await tryCall(server, path, input)) });
      await wait(20);
    }
  });
  const all = new Set(calls.map(([path]) => path));
  await expect.poll(() => succeeded(0)).toEqual(all);

  const killedAt = answers.length;
  const first = await set.primary();
  await first.kill();
  await set.primary();
  const electedAt = answers.length;
  await expect.poll(() => succeeded(electedAt), { timeout: 40_000 }).toEqual(all);

  // Without two of three members there is no election, so every call fails until one of them is back.
  await (await set.primary()).kill();
  const aloneAt = answers.length;
  const failedPaths = () =>
    new Set(since(aloneAt).flatMap(({ path, status }) => (status === 200 ? [] : [path])));
  await expect.poll(failedPaths, { timeout: 40_000 }).toEqual(all);
  await first.restart();
  await set.primary();
  const backAt = answers.length;
  await expect.poll(() => succeeded(backAt), { timeout: 40_000 }).toEqual(all);
  over.abort();
  await Promise.all(loops);

  const failed = since(killedAt).filter(({ status }) => status !== 200);
  const wrong = failed.filter(
    ({ status, code, retryable }) => status !== 503 || code !== 'UNAVAILABLE' || retryable !== true,
  );
  expect({ wrong, log: wrong.length === 0 ? '' : server.output() }).toEqual({ wrong: [], log: '' });
  const accepted = answers.flatMap(({ path, data }) =>
    path === 'events.publish' && data !== undefined ? [(data as OutputOf<typeof path>).id] : [],
  );
  await expect.poll(() => accepted.filter((id) => !seen.has(id))).toEqual([]);
  await client.close();
  await reading;
});
