import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../bench.ts';
import { Testbed } from '../testbed.ts';
import { Usage } from '../usage.ts';

export const idle: Scenario = {
  name: 'idle',
  summary: 'CPU time of the server and mongod without traffic, over 20 s',
  async run(bench) {
    const seconds = bench.options.quick ? 3 : 20;
    await using testbed = await Testbed.open(bench);
    await testbed.createApp(['/idle']);
    await wait(3_000);
    const usage = await Usage.start(testbed);
    await wait(seconds * 1000);
    const { serverCpu, mongodCpu, rssPeakMb, othersPercent } = await usage.end(seconds * 1000);
    return [
      {
        name: 'idle',
        rssPeakMb,
        othersPercent,
        // With one "delivery" per millisecond, CPU s per 1,000 deliveries are CPU s per s.
        extra: { 'server % of a core': serverCpu * 100, 'mongod % of a core': mongodCpu * 100 },
      },
    ];
  },
};
