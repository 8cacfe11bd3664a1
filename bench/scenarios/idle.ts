import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../bench.ts';
import { Stage } from '../stage.ts';
import { Usage } from '../usage.ts';

export const idle: Scenario = {
  name: 'idle',
  about: 'the CPU that server and mongod take while nothing happens, over 20 s',
  async run(bench) {
    const seconds = bench.options.quick ? 3 : 20;
    await using stage = await Stage.open(bench);
    await stage.makeApp(['/idle']);
    await wait(3_000);
    const usage = await Usage.start(stage);
    await wait(seconds * 1000);
    const { serverCpu, mongodCpu, rssPeakMb, othersPercent } = await usage.end(seconds * 1000);
    return [
      {
        name: 'idle',
        rssPeakMb,
        othersPercent,
        // CPU s per 1,000 "deliveries" with one a millisecond is CPU s per s.
        extra: { 'server % of a core': serverCpu * 100, 'mongod % of a core': mongodCpu * 100 },
      },
    ];
  },
};
