import type { Scenario } from '../bench.ts';
import { measurePaced } from '../measure-paced.ts';
import { startServer } from '../server.ts';
import { Testbed } from '../testbed.ts';

/**
 * Measures the latency that MongoDB and the notification add when one process accepts events and another
 * sends them.
 */
export const apart: Scenario = {
  name: 'apart',
  summary:
    'latency at 50 events a second for 20 s; a ROLE=api process accepts and a ROLE=worker process sends',
  async run(bench) {
    const path = '/apart';
    await using testbed = await Testbed.open(bench, { env: { ROLE: 'api' } });
    const { target } = await testbed.createApp([path]);
    const worker = await startServer(bench.processes, bench.options, {
      ROLE: 'worker',
      MONGODB_URI: testbed.mongod.uriFor('tocsin'),
    });
    try {
      const own = [worker.child.pid];
      const pace = { ...target, perSecond: 50, seconds: bench.options.quick ? 2 : 20 };
      await measurePaced(testbed, { ...pace, seconds: 2 }, path, own);
      // CPU time and memory cover only the accepting process, so they are omitted.
      const {
        serverCpu: _,
        mongodCpu: __,
        rssPeakMb: ___,
        ...figures
      } = await measurePaced(testbed, pace, path, own);
      return [{ name: 'apart', ...figures }];
    } finally {
      await worker.child.stop();
    }
  },
};
