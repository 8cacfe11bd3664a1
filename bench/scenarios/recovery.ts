import type { Scenario } from '../bench.ts';
import { nowUs } from '../clock.ts';
import { requireAccepted } from '../flow.ts';
import { Stage } from '../stage.ts';

/** More than one webhook has in flight, so that some die on their way and the others in memory. */
const events = 200;

/** Takes back a dead process's leases at once; the limit is there for one that does not. */
const withinMs = 60_000;

/** Killed with its hands full: how long until its successor sends what it held. */
export const recovery: Scenario = {
  name: 'recovery',
  about: 'kill -9 with 200 accepted deliveries in memory: from the start of the next process to its sendings',
  async run(bench) {
    const path = '/recovery';
    await using stage = await Stage.open(bench);
    const { sink, publisher } = stage;
    const { target } = await stage.makeApp([path]);
    await sink.ask('behave', { path, behavior: { kind: 'hang' } });
    requireAccepted(await publisher.ask('publish', { ...target, way: 'rest', events, concurrency: 32 }));
    stage.server.child.process.kill('SIGKILL');
    await stage.server.child.exited;
    await sink.ask('behave', { path, behavior: { kind: 'answer', status: 200 } });
    await sink.ask('reset', undefined);
    const startedUs = nowUs();
    const arrival = sink.ask('waitFor', { total: events, withinMs });
    arrival.catch(() => undefined);
    await stage.startServer();
    const readyUs = nowUs();
    const { received } = await arrival;
    const { firstUs, lastUs, duplicates } = await sink.ask('report', { path });
    return [
      {
        name: 'recovery',
        lost: events - received,
        duplicates,
        extra: {
          'ready s after the start': (readyUs - startedUs) / 1e6,
          'first s after the start': (firstUs - startedUs) / 1e6,
          'last s after the start': (lastUs - startedUs) / 1e6,
        },
      },
    ];
  },
};
