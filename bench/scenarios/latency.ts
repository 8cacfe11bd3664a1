import type { Scenario } from '../bench.ts';
import { latencyFloor } from '../latency-floor.ts';
import { measurePaced } from '../measure-paced.ts';
import { Testbed } from '../testbed.ts';

const perSecond = 50;

export const latency: Scenario = {
  name: 'latency',
  summary:
    'latency over REST at 50 events a second for 20 s, after the minimum latency of the machine (floor)',
  async run(bench) {
    await using testbed = await Testbed.open(bench);
    const path = '/latency';
    const { target } = await testbed.createApp([path]);
    await measurePaced(testbed, { ...target, perSecond, seconds: 2 }, path);
    const pace = { perSecond, seconds: bench.options.quick ? 2 : 20 };
    const floor = await latencyFloor(testbed, pace);
    return [floor, { name: 'latency', ...(await measurePaced(testbed, { ...target, ...pace }, path)) }];
  },
};
