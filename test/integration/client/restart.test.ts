import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createTocsinClient, type PublishOutcome } from '@tocsin/client';
import { MongoClient } from 'mongodb';
import { expect, inject, it, vi } from 'vitest';
import { startServerProcess, testRootToken, type ServerProcess } from '../../support/server-process.ts';
import { httpDouble } from './http-double.ts';

/** The long run: RESTART_EVENTS=10000 RESTART_AWAY_MS=9000. */
const events = Number(process.env['RESTART_EVENTS'] ?? 700);
/** How much longer the server is away than its restart takes. */
const awayMs = Number(process.env['RESTART_AWAY_MS'] ?? 0);
vi.setConfig({ testTimeout: 120_000 });

/**
 * A proxy that drops every tenth response, and answers a bare 503 instead of another tenth. Both have been
 * carried out by the server. While the server is away, it closes connections.
 */
async function startFaultyProxy() {
  let target: string | undefined;
  let requests = 0;
  const faults = { dropped: 0, unavailable: 0 };
  const double = await httpDouble(async ({ method, url, headers, body }, response) => {
    const index = requests++;
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
      ...(body === '' ? {} : { body }),
    })
      .then(async (given) => ({ status: given.status, text: await given.text() }))
      .catch(() => undefined);
    if (answer === undefined || index % 10 === 0) {
      if (answer !== undefined) faults.dropped++;
      response.destroy();
    } else if (index % 10 === 1) {
      faults.unavailable++;
      response.writeHead(503).end('upstream connect error');
    } else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
  });
  return {
    url: double.url,
    faults,
    forwardTo: (url: string | undefined) => (target = url),
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  };
}

async function stop(server: ServerProcess): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.exited).toBe(0);
}

it('a restart behind a faulty proxy, in the middle of 500 events per second, loses and doubles none', async () => {
  const database = `restart_${randomBytes(6).toString('hex')}`;
  const env = { MONGODB_URI: inject('mongoUri').replace(/\/(\?|$)/, `/${database}$1`) };
  await using proxy = await startFaultyProxy();
  await using mongo = await MongoClient.connect(inject('mongoUri'));
  await using first = await startServerProcess(env);
  const direct = createTocsinClient({ url: first.url, token: testRootToken });
  const { id: appId } = await direct.apps.create.mutate({ name: 'Restarted' });
  await direct.close();
  proxy.forwardTo(first.url);

  const tocsin = createTocsinClient({ url: proxy.url, token: testRootToken });
  const calls: Promise<PublishOutcome>[] = [];
  const publishing = (async () => {
    while (calls.length < events) {
      for (let n = 0; n < 10; n++) {
        const data = { licenseKey: `key-${calls.length}`, status: 'revoked' as const };
        calls.push(tocsin.safePublish('license.revoked', { appId, data }));
      }
      // The load has a rate. No result depends on it.
      await wait(20);
    }
  })();
  await vi.waitFor(() => expect(calls.length).toBeGreaterThan(events / 4), { timeout: 60_000 });
  await stop(first);
  proxy.forwardTo(undefined);
  await wait(awayMs);
  await using second = await startServerProcess(env);
  proxy.forwardTo(second.url);
  await publishing;
  const outcomes = await Promise.all(calls);
  await tocsin.close();

  expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([]);
  const stored = await mongo.db(database).collection('events').countDocuments({ appId });
  const ids = new Set(outcomes.map((outcome) => (outcome.ok ? outcome.id : '')));
  expect({ stored, ids: ids.size }).toEqual({ stored: events, ids: events });
  expect(proxy.faults.dropped).toBeGreaterThan(0);
  expect(proxy.faults.unavailable).toBeGreaterThan(0);
  await mongo.db(database).dropDatabase();
});
