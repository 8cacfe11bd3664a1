import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../bench.ts';
import { memoryMb } from '../cpu.ts';
import { nowUs } from '../clock.ts';
import { countWaiting, waitUntil } from '../flow.ts';
import { seedDue } from '../seed.ts';
import { Testbed } from '../testbed.ts';
import { Usage } from '../usage.ts';

/** A recovering receiver is slow. With 32 concurrent requests, it gets at most 6,400 a second. */
const responseDelayMs = 5;

/** The receiver recovers this long after the deliveries become due, so that each fails at least once. */
const outageMs = 3_000;

/** After an outage all deliveries are due at once, and the receiver recovers a little later. */
export const retryStorm: Scenario = {
  name: 'retry-storm',
  summary:
    '10,000 deliveries due at once to a receiver that returns 503 for 3 s and then recovers: memory and time to drain',
  async run(bench) {
    const count = bench.options.quick ? 500 : 10_000;
    const path = '/storm';
    await using testbed = await Testbed.open(bench, {
      env: { RETRY_SCHEDULE: '1s,1s,1s,1s,1s,1s,1s,1s,1s,1s' },
    });
    const { sink, collections } = testbed;
    const { target, webhookIds } = await testbed.createApp([path]);
    const memoryBefore = await memoryMb(testbed.server.child.pid);
    await sink.call('setBehavior', { path, behavior: { kind: 'respond', status: 503 } });
    const usage = await Usage.start(testbed);
    const dueAt = new Date(Date.now() + 5_000);
    await seedDue(collections, { appId: target.appId, webhookId: webhookIds[0] ?? '', count, dueAt });
    await wait(dueAt.getTime() + outageMs - Date.now());
    const { requests: outageRequests } = await sink.call('report', { path });
    const recoveredUs = nowUs();
    await sink.call('setBehavior', {
      path,
      behavior: { kind: 'respond', status: 200, delayMs: responseDelayMs },
    });
    const { received } = await sink.call('waitFor', { total: count, timeoutMs: 120_000 });
    const isRecorded = await waitUntil(async () => (await countWaiting(collections)) === 0, 30_000);
    const used = await usage.end(count);
    const { firstUs, lastUs, maxOpen, duplicates } = await sink.call('report', { path });
    if (!isRecorded) bench.print('  some deliveries are still due');
    return [
      {
        name: 'retry-storm',
        ...used,
        deliveriesPerS: received / ((lastUs - firstUs) / 1e6),
        lost: count - received,
        duplicates,
        extra: {
          'RSS before MB': memoryBefore.now,
          'requests during the outage': outageRequests,
          'first delivery s after recovery': (firstUs - recoveredUs) / 1e6,
          'all delivered s after recovery': (lastUs - recoveredUs) / 1e6,
          'most requests open': maxOpen,
        },
      },
    ];
  },
};
