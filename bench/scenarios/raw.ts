import type { Scenario } from '../bench.ts';
import { measureRaw } from '../raw.ts';
import { sinkScript } from '../testbed.ts';
import { Worker } from '../worker.ts';
import type { SinkCommands } from '../workers/sink.ts';

export const raw: Scenario = {
  name: 'raw',
  summary: 'one Node process posting the same signed bodies with undici, 32 connections, no database',
  async run(bench) {
    await using sink = new Worker<SinkCommands>(bench.processes, sinkScript);
    const { url: sinkUrl } = await sink.call('listen', undefined);
    const limit = await measureRaw(bench, { sink, sinkUrl });
    return [{ name: 'raw', deliveriesPerS: limit.rawPerS, ...limit }];
  },
};
