import type { Scenario } from '../bench.ts';
import { nowUs } from '../clock.ts';
import { requireAccepted } from '../flow.ts';
import { Testbed } from '../testbed.ts';

/**
 * More than the concurrency of one webhook, so that the kill loses both requests in flight and deliveries in
 * memory.
 */
const events = 200;

/** Only reached if the new process does not take over the partitions of the dead one. */
const timeoutMs = 60_000;

/** Measures the time until a new process sends the deliveries of a killed one. */
export const recovery: Scenario = {
  name: 'recovery',
  summary: 'kill -9 with 200 accepted deliveries in memory; time from the next start to their delivery',
  async run(bench) {
    const path = '/recovery';
    await using testbed = await Testbed.open(bench);
    const { sink, publisher } = testbed;
    const { target } = await testbed.createApp([path]);
    await sink.call('setBehavior', { path, behavior: { kind: 'hang' } });
    requireAccepted(
      await publisher.call('publish', { ...target, transport: 'rest', events, concurrency: 32 }),
    );
    testbed.server.child.process.kill('SIGKILL');
    await testbed.server.child.exited;
    await sink.call('setBehavior', { path, behavior: { kind: 'respond', status: 200 } });
    await sink.call('reset', undefined);
    const startedUs = nowUs();
    const arrival = sink.call('waitFor', { total: events, timeoutMs });
    arrival.catch(() => undefined);
    await testbed.startServer();
    const readyUs = nowUs();
    const { received } = await arrival;
    const { firstUs, lastUs, duplicates } = await sink.call('report', { path });
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
