import { setTimeout as wait } from 'node:timers/promises';
import { callProcedure } from '../api.ts';
import type { Scenario } from '../bench.ts';
import { measurePaced } from '../measure-paced.ts';
import { eventType } from '../payload.ts';
import { ratio, type Row } from '../row.ts';
import { Testbed } from '../testbed.ts';
import { Worker } from '../worker.ts';
import type { SilentNameServerCommands } from '../workers/silent-name-server.ts';

/** Events per second for the healthy webhook. */
const perSecond = 50;

/** Events per second for the app of the dead names. Each goes to all of its webhooks, so it makes as many attempts. */
const deadPerSecond = 1;

/** Longer than a lookup, so that all dead names have failed once. */
const leadS = 4;

const nameServerScript = new URL('../workers/silent-name-server.ts', import.meta.url);

/** One customer has many domains whose name servers do not answer. They must not affect other customers. */
export const deadDns: Scenario = {
  name: 'dead-dns',
  summary:
    'a healthy webhook at 50/s alone, then beside 50 names of another account whose name servers are silent: p50, p99 and ratio',
  async run(bench) {
    const { quick } = bench.options;
    const seconds = quick ? 5 : 30;
    const names = Array.from({ length: quick ? 10 : 50 }, (_, i) => `dead${i}.example.com`);
    await using nameServer = new Worker<SilentNameServerCommands>(bench.processes, nameServerScript);
    const env = { DNS_SERVERS: await nameServer.call('listen', undefined) };
    await using testbed = await Testbed.open(bench, { env });
    const sink = new URL(testbed.sinkUrl);
    const healthy = await testbed.createApp([]);
    // A name too. It needs a lookup for each connection that opens.
    await createWebhook(testbed, healthy.target.appId, `http://localhost:${sink.port}/healthy`);
    const dead = await testbed.createApp([], await testbed.createAccount());
    for (const name of names) await createWebhook(testbed, dead.target.appId, `http://${name}/`);
    const pace = { ...healthy.target, perSecond, seconds };
    await measurePaced(testbed, { ...pace, seconds: 2 }, '/healthy');
    const alone: Row = { name: 'dead names: none', ...(await measurePaced(testbed, pace, '/healthy')) };

    // In a separate process, so that its calls do not delay the measured publisher.
    await using noise = testbed.startPublisher();
    const published = noise.call('publishAtRate', {
      ...dead.target,
      perSecond: deadPerSecond,
      seconds: leadS + seconds + 2,
    });
    // If the measurement fails, this promise is not awaited.
    published.catch(() => undefined);
    await wait(leadS * 1000);
    const beside = await measurePaced(testbed, pace, '/healthy', [noise.pid]);
    await published;
    return [
      alone,
      {
        name: `dead names: ${names.length}`,
        ...beside,
        extra: {
          'p50 ratio': ratio(beside.p50Ms, alone.p50Ms),
          'p99 ratio': ratio(beside.p99Ms, alone.p99Ms),
        },
      },
    ];
  },
};

async function createWebhook(testbed: Testbed, appId: string, url: string): Promise<void> {
  const input = { appId, url, events: [eventType], profile: 'authforge' };
  await callProcedure(testbed.server.url, 'webhooks.create', input);
}
