import type { Scenario } from '../bench.ts';
import { paced } from '../paced.ts';
import { Stage } from '../stage.ts';

export const latency: Scenario = {
  name: 'latency',
  about: 'publish to receive over REST at 50 a second for 20 s',
  async run(bench) {
    await using stage = await Stage.open(bench);
    const path = '/latency';
    const { target } = await stage.makeApp([path]);
    await paced(stage, { ...target, perSecond: 50, seconds: 2 }, path);
    return [
      {
        name: 'latency',
        ...(await paced(stage, { ...target, perSecond: 50, seconds: bench.options.quick ? 2 : 20 }, path)),
      },
    ];
  },
};
