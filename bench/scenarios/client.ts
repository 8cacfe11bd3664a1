import { access } from 'node:fs/promises';
import type { Scenario } from '../bench.ts';
import { throughput } from './throughput.ts';

const entry = new URL('../../client/src/index.ts', import.meta.url);

const measured = throughput('the typed client, 256 concurrent callers of publish, 40,000 events', {
  name: 'client',
  transport: 'client',
  events: 40_000,
  concurrency: 256,
});

/** Skipped in a checkout from before the client existed. */
export const client: Scenario = {
  ...measured,
  async run(bench) {
    try {
      await access(entry);
    } catch {
      bench.print('  client: skipped, this checkout has no client/src/index.ts');
      return [];
    }
    return await measured.run(bench);
  },
};
