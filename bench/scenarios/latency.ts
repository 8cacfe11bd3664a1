import type { Scenario } from '../bench.ts';
import { latencyFloor } from '../latency-floor.ts';
import { paced } from '../paced.ts';
import { Stage } from '../stage.ts';

const perSecond = 50;

export const latency: Scenario = {
  name: 'latency',
  about:
    'publish to receive over REST at 50 a second for 20 s, after what the machine takes for its parts alone',
  async run(bench) {
    await using stage = await Stage.open(bench);
    const path = '/latency';
    const { target } = await stage.makeApp([path]);
    await paced(stage, { ...target, perSecond, seconds: 2 }, path);
    const pace = { perSecond, seconds: bench.options.quick ? 2 : 20 };
    const floor = await latencyFloor(stage, pace);
    return [floor, { name: 'latency', ...(await paced(stage, { ...target, ...pace }, path)) }];
  },
};
