import type { Bench } from './bench.ts';
import { cpuSeconds } from './cpu.ts';
import { OtherLoad } from './other-load.ts';
import { Worker } from './worker.ts';
import type { RawCommands } from './workers/raw-limit.ts';
import type { SinkCommands } from './workers/sink.ts';

const rawScript = new URL('workers/raw-limit.ts', import.meta.url);

/** The server's limit of concurrent requests to one webhook. */
const concurrency = 32;

export interface RawLimit {
  readonly rawPerS: number;
  /** CPU seconds of the posting process per 1,000 posts. */
  readonly serverCpu: number;
  readonly othersPercent: number;
}

/** Measures the limit of the machine: posts per second of one process to the sink, after a warm-up. */
export async function measureRaw(
  bench: Bench,
  { sink, sinkUrl }: { readonly sink: Worker<SinkCommands>; readonly sinkUrl: string },
): Promise<RawLimit> {
  await using raw = new Worker<RawCommands>(bench.processes, rawScript);
  const job = { origin: sinkUrl, path: '/raw', concurrency };
  const requests = bench.options.quick ? 2_000 : 30_000;
  await raw.call('post', { ...job, requests: Math.ceil(requests / 6) });
  await sink.call('reset', undefined);
  const others = await OtherLoad.watch([raw.pid, sink.pid]);
  const cpuBefore = await cpuSeconds(raw.pid);
  const { startedUs } = await raw.call('post', { ...job, requests });
  const serverCpu = ((await cpuSeconds(raw.pid)) - cpuBefore) * (1000 / requests);
  const othersPercent = await others.percent();
  const { lastUs } = await sink.call('report', { path: '/raw' });
  await sink.call('reset', undefined);
  return { rawPerS: requests / ((lastUs - startedUs) / 1e6), serverCpu, othersPercent };
}
