import type { Scenario } from '../bench.ts';
import { paced } from '../paced.ts';
import type { Row } from '../row.ts';
import { Stage } from '../stage.ts';

/** Events a second to the healthy webhook; the hanging one gets as many, and then eight times as many. */
const perSecond = 50;

/** One customer's endpoint takes every request and never answers; another customer must not notice. */
export const noisyNeighbour: Scenario = {
  name: 'noisy-neighbour',
  about:
    'a healthy webhook at 50/s alone, then beside one that hangs at 50/s, then at 400/s: p50, p99 and ratio',
  async run(bench) {
    const seconds = bench.options.quick ? 3 : 30;
    await using stage = await Stage.open(bench);
    const healthy = await stage.makeApp(['/healthy']);
    const hanging = await stage.makeApp(['/hanging']);
    await stage.sink.ask('behave', { path: '/hanging', behavior: { kind: 'hang' } });
    const pace = { ...healthy.target, perSecond, seconds };
    await paced(stage, { ...pace, seconds: 2 }, '/healthy');
    const alone: Row = { name: 'neighbor: none', ...(await paced(stage, pace, '/healthy')) };
    const rows = [alone];
    for (const rate of [perSecond, perSecond * 8]) {
      // Its own process, so that its calls do not make the healthy one's publisher late.
      await using noise = stage.anotherPublisher();
      const made = noise.ask('pace', { ...hanging.target, perSecond: rate, seconds: seconds + 2 });
      made.catch(() => undefined);
      const row = await paced(stage, pace, '/healthy', [noise.pid]);
      await made;
      const { maxOpen } = await stage.sink.ask('report', { path: '/hanging' });
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

function ratio(value: number | undefined, base: number | undefined): number {
  return value === undefined || base === undefined ? Number.NaN : value / base;
}
