import type { Scenario } from '../bench.ts';
import { paced } from '../paced.ts';
import { startServer } from '../server.ts';
import { Stage } from '../stage.ts';

/** One process publishes and another sends: what the way through MongoDB, and the signal, add to an event. */
export const apart: Scenario = {
  name: 'apart',
  about:
    'publish to receive at 50 a second for 20 s, when a ROLE=api process accepts and a ROLE=worker one sends',
  async run(bench) {
    const path = '/apart';
    await using stage = await Stage.open(bench, { env: { ROLE: 'api' } });
    const { target } = await stage.makeApp([path]);
    const worker = await startServer(bench.processes, bench.options, {
      ROLE: 'worker',
      MONGODB_URI: stage.mongod.uriFor('tocsin'),
    });
    try {
      const own = [worker.child.pid];
      const pace = { ...target, perSecond: 50, seconds: bench.options.quick ? 2 : 20 };
      await paced(stage, { ...pace, seconds: 2 }, path, own);
      // CPU and memory are those of the accepting process, which is half of the story: left out.
      const { serverCpu: _, mongodCpu: __, rssPeakMb: ___, ...figures } = await paced(stage, pace, path, own);
      return [{ name: 'apart', ...figures }];
    } finally {
      await worker.child.stop();
    }
  },
};
