import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Scenario } from '../bench.ts';
import { measurePaced } from '../measure-paced.ts';
import { ratio, type Row } from '../row.ts';
import { rootToken } from '../server.ts';
import { Testbed } from '../testbed.ts';

/** Events per second for the measured webhooks together. */
const perSecond = 50;

/** Events per second for the other webhooks together. One of them gets one in each second. */
const othersPerSecond = 100;

/** Below the time limit of an attempt, so that the slow webhooks succeed and keep their connections. */
const slowMs = 9_000;

/**
 * Webhooks of many accounts lead to one host, such as an API gateway or an automation service, and some of them are
 * slow. Each account has a measured webhook and another one. A tenth of all webhooks is slow.
 */
export const oneHost: Scenario = {
  name: 'one-host',
  summary:
    '200 webhooks of 100 accounts at one origin: 100 of them at 50/s, while 20 others are fast, then slow: p50, p99 and ratio',
  async run(bench) {
    const accounts = bench.options.quick ? 10 : 100;
    await using testbed = await Testbed.open(bench);
    const measured: string[] = [];
    const others: string[] = [];
    for (let n = 0; n < accounts; n++) {
      const account = await testbed.createAccount();
      const path = n % 5 === 0 ? '/slow' : '/other';
      measured.push((await testbed.createApp(['/fast'], account)).target.appId);
      others.push((await testbed.createApp([path], account)).target.appId);
    }
    const warmUp = { url: testbed.server.url, token: rootToken, appId: '', appIds: measured };
    await measurePaced(testbed, { ...warmUp, perSecond, seconds: 2 }, '/fast');
    const scene = { bench, testbed, measured, others };
    const alone = await measureBeside(scene, 'one-host: none slow', 0);
    const beside = await measureBeside(scene, `one-host: ${accounts / 5} slow`, slowMs);
    const ratios = {
      'p50 ratio': ratio(beside.p50Ms, alone.p50Ms),
      'p99 ratio': ratio(beside.p99Ms, alone.p99Ms),
    };
    return [alone, { ...beside, extra: { ...beside.extra, ...ratios } }];
  },
};

interface Scene {
  readonly bench: Bench;
  readonly testbed: Testbed;
  readonly measured: readonly string[];
  readonly others: readonly string[];
}

/** Measures the fast webhooks while the others get their events too. */
async function measureBeside(
  { bench, testbed, measured, others }: Scene,
  name: string,
  delayMs: number,
): Promise<Row> {
  const seconds = bench.options.quick ? 4 : 20;
  // The slow webhooks take their connections during the first response.
  const leadS = bench.options.quick ? 2 : slowMs / 1000 + 1;
  await testbed.sink.call('setBehavior', {
    path: '/slow',
    behavior: { kind: 'respond', status: 200, delayMs },
  });
  const target = { url: testbed.server.url, token: rootToken, appId: '' };
  // In a separate process, so that its calls do not delay the measured publisher.
  await using noise = testbed.startPublisher();
  const published = noise.call('publishAtRate', {
    ...target,
    appIds: others,
    perSecond: (othersPerSecond * others.length) / 100,
    seconds: leadS + seconds + 2,
  });
  // If the measurement fails, this promise is not awaited.
  published.catch(() => undefined);
  await wait(leadS * 1000);
  const pace = { ...target, appIds: measured, perSecond, seconds };
  const figures = await measurePaced(testbed, pace, '/fast', [noise.pid]);
  const { rejected } = await published;
  const { maxOpen } = await testbed.sink.call('report', { path: '/slow' });
  return {
    name,
    ...figures,
    extra: { 'most requests open to the slow ones': maxOpen, 'rejected events of the others': rejected },
  };
}
