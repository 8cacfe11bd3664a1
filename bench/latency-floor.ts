import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { percentile, type Row } from './row.ts';
import type { Testbed } from './testbed.ts';

/**
 * Measures the minimum latency on this machine, at the rate of the scenario and without a server: a majority
 * insert by the driver, then a request to the sink.
 */
export async function latencyFloor(
  testbed: Testbed,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Row> {
  const events = testbed.db.collection('floor');
  const body = 'x'.repeat(300);
  const tookMs: number[] = [];
  const start = performance.now();
  for (let n = 0; n < perSecond * seconds; n++) {
    const waitMs = start + (n * 1000) / perSecond - performance.now();
    if (waitMs > 0) await wait(waitMs);
    const startedAt = performance.now();
    await events.insertOne({ body }, { writeConcern: { w: 'majority' } });
    const response = await request(`${testbed.sinkUrl}/floor`, { method: 'POST', body });
    await response.body.dump();
    tookMs.push(performance.now() - startedAt);
  }
  return { name: 'latency: floor', p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
}
