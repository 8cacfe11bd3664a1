import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchReceiver, nodeReceiver, type WebhookEvent } from '../../client/src/receiver/index.ts';
import { createTocsinClient, type TocsinClient } from '../../client/src/index.ts';
import { createTestTocsin } from '../../server/testing/src/index.ts';
import type { Bench, Scenario } from '../bench.ts';
import { percentile, type Row } from '../row.ts';
import { rootToken } from '../server.ts';
import { Testbed } from '../testbed.ts';

/** Short ones, because a test against a server waits for them. The kit has the same. */
const retryDelays = ['1s', '2s'] as const;

/** What the test needs of a Tocsin and of the way that leads to the receiver. */
interface Stage {
  readonly client: TocsinClient;
  readonly appId: string;
  /** Registers a receiver. Fails its first two requests. */
  connect(handle: (event: WebhookEvent) => void): Promise<void>;
  /** Lets the delays of two retries pass. */
  passRetries(until: () => boolean): Promise<void>;
}

/** The receiver under test bans users, and has to get an event that failed twice. */
async function testReceiver(stage: Stage): Promise<void> {
  const banned: string[] = [];
  await stage.connect((event) => {
    if (event.type === 'user.ban') banned.push(event.data.userId);
  });
  const data = { userId: 'usr_1', username: 'mallory', reason: 'spam', bannedBy: 'usr_9' };
  await stage.client.publish('user.ban', { appId: stage.appId, data });
  await stage.passRetries(() => banned.length > 0);
  assert.deepEqual(banned, ['usr_1']);
}

/** Runs a test with the kit. Returns how long the start and the test took, ms. */
async function runWithKit(): Promise<readonly [start: number, test: number]> {
  const startedAt = performance.now();
  await using tocsin = await createTestTocsin({ retrySchedule: retryDelays });
  const readyAt = performance.now();
  await testReceiver({
    client: tocsin.client,
    appId: tocsin.appId,
    connect: async (handle) => {
      const receiver = tocsin.receiver().respond(503, 503);
      const { secret } = await tocsin.webhook({ to: receiver, events: ['user.*'] });
      receiver.otherwise(fetchReceiver({ secret, now: tocsin.now }, handle));
    },
    passRetries: async () => await tocsin.advance('3s'),
  });
  return [readyAt - startedAt, performance.now() - readyAt];
}

/** Runs the same test against a server that runs already. Returns how long it took, ms. */
async function runWithServer(url: string): Promise<number> {
  const client = createTocsinClient({ url, token: rootToken });
  const { id: appId } = await client.apps.create.mutate({ name: 'Test' });
  let failures = 0;
  let receive: ReturnType<typeof nodeReceiver> | undefined;
  const server = createServer((request, response) => {
    if (++failures > 2 && receive !== undefined) void receive(request, response);
    else request.resume().once('end', () => response.writeHead(503).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // `as`: a server that listens on a port has this form.
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const startedAt = performance.now();
  try {
    await testReceiver({
      client,
      appId,
      connect: async (handle) => {
        const events = ['user.*'] as const;
        const { secret } = await client.webhooks.create.mutate({ appId, url: target, events });
        receive = nodeReceiver({ secret }, handle);
      },
      passRetries: async (until) => {
        while (!until()) await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    return performance.now() - startedAt;
  } finally {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Measures one test of a receiver, in the test kit and against a server. */
export const receiverTest: Scenario = {
  name: 'receiver-test',
  summary: 'one test of a receiver that fails twice, in the test kit and against a server, in turns',
  async run(bench: Bench) {
    const startedAt = performance.now();
    await using testbed = await Testbed.open(bench, {
      env: { RETRY_SCHEDULE: retryDelays.join() },
    });
    const serverStart = performance.now() - startedAt;
    const starts: number[] = [];
    const kit: number[] = [];
    const server: number[] = [];
    for (let turn = 0; turn < (bench.options.quick ? 1 : 10); turn++) {
      const [start, test] = await runWithKit();
      starts.push(start);
      kit.push(test);
      server.push(await runWithServer(testbed.server.url));
    }
    const toRow = (name: string, tests: readonly number[], startMs: number): Row => ({
      name: `receiver test: ${name}`,
      p50Ms: percentile(tests, 0.5),
      p99Ms: percentile(tests, 0.99),
      extra: { 'start ms': startMs },
    });
    return [toRow('kit', kit, percentile(starts, 0.5)), toRow('server', server, serverStart)];
  },
};
