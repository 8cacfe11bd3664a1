import type { Scenario } from '../bench.ts';
import { measurePaced } from '../measure-paced.ts';
import { ratio, type Row } from '../row.ts';
import { Testbed } from '../testbed.ts';

/** Events per second for the healthy webhook. The hanging one gets as many, and then eight times as many. */
const perSecond = 50;

/** One customer's endpoint accepts every request and never responds. It must not affect other customers. */
export const noisyNeighbor: Scenario = {
  name: 'noisy-neighbor',
  summary:
    'a healthy webhook at 50/s alone, then beside one that hangs at 50/s, then at 400/s: p50, p99 and ratio',
  async run(bench) {
    const seconds = bench.options.quick ? 3 : 30;
    await using testbed = await Testbed.open(bench);
    const healthy = await testbed.createApp(['/healthy']);
    const hanging = await testbed.createApp(['/hanging']);
    await testbed.sink.call('setBehavior', { path: '/hanging', behavior: { kind: 'hang' } });
    const pace = { ...healthy.target, perSecond, seconds };
    await measurePaced(testbed, { ...pace, seconds: 2 }, '/healthy');
    const alone: Row = { name: 'neighbor: none', ...(await measurePaced(testbed, pace, '/healthy')) };
    const rows = [alone];
    for (const rate of [perSecond, perSecond * 8]) {
      // In a separate process, so that its calls do not delay the measured publisher.
      await using noise = testbed.startPublisher();
      const published = noise.call('publishAtRate', {
        ...hanging.target,
        perSecond: rate,
        seconds: seconds + 2,
      });
      published.catch(() => undefined);
      const row = await measurePaced(testbed, pace, '/healthy', [noise.pid]);
      await published;
      const { maxOpen } = await testbed.sink.call('report', { path: '/hanging' });
      rows.push({
        name: `neighbor: hangs at ${rate}/s`,
        ...row,
        extra: {
          'p50 ratio': ratio(row.p50Ms, alone.p50Ms),
          'p99 ratio': ratio(row.p99Ms, alone.p99Ms),
          'most requests open to the hanging one': maxOpen,
        },
      });
    }
    return rows;
  },
};
