import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { percentile, type Row } from './row.ts';
import type { Stage } from './stage.ts';

/**
 * What an event cannot avoid on this machine, at the pace of the scenario and without a server of ours: a document that a
 * majority has, written by the driver alone, and then a request to the sink.
 */
export async function latencyFloor(
  stage: Stage,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Row> {
  const events = stage.db.collection('floor');
  const body = 'x'.repeat(300);
  const tookMs: number[] = [];
  const start = performance.now();
  for (let n = 0; n < perSecond * seconds; n++) {
    const early = start + (n * 1000) / perSecond - performance.now();
    if (early > 0) await wait(early);
    const startedAt = performance.now();
    await events.insertOne({ body }, { writeConcern: { w: 'majority' } });
    const answer = await request(`${stage.sinkUrl}/floor`, { method: 'POST', body });
    await answer.body.dump();
    tookMs.push(performance.now() - startedAt);
  }
  return { name: 'latency: floor', p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
}
