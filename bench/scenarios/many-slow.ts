import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../bench.ts';
import { measurePaced } from '../measure-paced.ts';
import { ratio, type Row } from '../row.ts';
import { Testbed } from '../testbed.ts';

/** Events per second for the healthy webhook. */
const perSecond = 50;

/** Events per second for the slow app. Each goes to all of its webhooks, which need more places than exist. */
const slowPerSecond = 4;

/** Below the time limit of an attempt, so that the webhooks succeed and keep all their places. */
const slowMs = 9_000;

/** One customer has many endpoints that are slow and never fail. They must not affect other customers. */
export const manySlow: Scenario = {
  name: 'many-slow',
  summary:
    'a healthy webhook at 50/s alone, then beside --slow N (50) webhooks of another account that take 9 s: p50, p99 and ratio',
  async run(bench) {
    const { slow, quick } = bench.options;
    const seconds = quick ? 5 : 30;
    await using testbed = await Testbed.open(bench);
    const healthy = await testbed.createApp(['/healthy']);
    const slowApp = await testbed.createApp(Array<string>(slow).fill('/slow'), await testbed.createAccount());
    await testbed.sink.call('setBehavior', {
      path: '/slow',
      behavior: { kind: 'respond', status: 200, delayMs: slowMs },
    });
    const pace = { ...healthy.target, perSecond, seconds };
    await measurePaced(testbed, { ...pace, seconds: 2 }, '/healthy');
    const alone: Row = { name: 'slow: none', ...(await measurePaced(testbed, pace, '/healthy')) };

    // In a separate process, so that its calls do not delay the measured publisher.
    await using noise = testbed.startPublisher();
    // The slow webhooks take their places during the first response.
    const leadS = quick ? 2 : slowMs / 1000 + 1;
    const published = noise.call('publishAtRate', {
      ...slowApp.target,
      perSecond: slowPerSecond,
      seconds: leadS + seconds + 2,
    });
    // If the measurement fails, this promise is not awaited.
    published.catch(() => undefined);
    await wait(leadS * 1000);
    const beside = await measurePaced(testbed, pace, '/healthy', [noise.pid]);
    const { rejected } = await published;
    const { maxOpen } = await testbed.sink.call('report', { path: '/slow' });
    return [
      alone,
      {
        name: `slow: ${slow} webhooks`,
        ...beside,
        extra: {
          'p50 ratio': ratio(beside.p50Ms, alone.p50Ms),
          'p99 ratio': ratio(beside.p99Ms, alone.p99Ms),
          'most requests open to the slow ones': maxOpen,
          'rejected events of the slow app': rejected,
        },
      },
    ];
  },
};
