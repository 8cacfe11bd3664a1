import { setTimeout as wait } from 'node:timers/promises';
import type { Scenario } from '../bench.ts';
import { memoryMb } from '../cpu.ts';
import { nowUs } from '../clock.ts';
import { until } from '../flow.ts';
import { seedDue } from '../seed.ts';
import { Stage } from '../stage.ts';
import { Usage } from '../usage.ts';

/** A receiver that has just come back is slow: 32 in flight and 5 ms make 6,400 a second at most. */
const answerAfterMs = 5;

/** It is still away when they become due, so that all of them meet it failing first. */
const awayMs = 3_000;

/** After an outage everything is due at once, and the receiver comes back a little later. */
export const retryStorm: Scenario = {
  name: 'retry-storm',
  about:
    '10,000 deliveries due at once to a receiver that answers 503 for 3 s and then recovers: memory, time to drain',
  async run(bench) {
    const count = bench.options.quick ? 500 : 10_000;
    const path = '/storm';
    await using stage = await Stage.open(bench, { env: { RETRY_SCHEDULE: '1s,1s,1s,1s,1s,1s,1s,1s,1s,1s' } });
    const { sink, collections } = stage;
    const { target, webhookIds } = await stage.makeApp([path]);
    const memoryBefore = await memoryMb(stage.server.child.pid);
    await sink.ask('behave', { path, behavior: { kind: 'answer', status: 503 } });
    const usage = await Usage.start(stage);
    const due = new Date(Date.now() + 5_000);
    await seedDue(collections, { appId: target.appId, webhookId: webhookIds[0] ?? '', count, due });
    await wait(due.getTime() + awayMs - Date.now());
    const { requests: whileAway } = await sink.ask('report', { path });
    const recoveredUs = nowUs();
    await sink.ask('behave', { path, behavior: { kind: 'answer', status: 200, afterMs: answerAfterMs } });
    const { received } = await sink.ask('waitFor', { total: count, withinMs: 120_000 });
    const isRecorded = await until(
      async () =>
        (await collections.deliveries.countDocuments({ due: { $exists: true } }, { hint: 'due' })) === 0,
      30_000,
    );
    const used = await usage.end(count);
    const { firstUs, lastUs, maxOpen, duplicates } = await sink.ask('report', { path });
    if (!isRecorded) bench.say('  some deliveries are still due');
    return [
      {
        name: 'retry-storm',
        ...used,
        deliveriesPerS: received / ((lastUs - firstUs) / 1e6),
        lost: count - received,
        duplicates,
        extra: {
          'RSS before MB': memoryBefore.now,
          'requests while away': whileAway,
          'first delivery s after recovery': (firstUs - recoveredUs) / 1e6,
          'all delivered s after recovery': (lastUs - recoveredUs) / 1e6,
          'most requests open': maxOpen,
        },
      },
    ];
  },
};
