import { requireAccepted } from './flow.ts';
import { percentile, type Row } from './row.ts';
import type { Stage } from './stage.ts';
import { Usage } from './usage.ts';
import type { PaceJob } from './workers/publisher.ts';

/** Publishes at a rate far below the limit and looks at how long each event takes to the path. `alsoOwn`: more processes of the bench. */
export async function paced(
  stage: Stage,
  job: PaceJob,
  path: string,
  alsoOwn: readonly number[] = [],
): Promise<Omit<Row, 'name'>> {
  const total = job.perSecond * job.seconds;
  await stage.sink.ask('reset', undefined);
  const usage = await Usage.start(stage, alsoOwn);
  const arrival = stage.sink.ask('waitFor', { total, withinMs: job.seconds * 1000 + 60_000 });
  // Should publishing fail, nobody waits for this one any more.
  arrival.catch(() => undefined);
  requireAccepted(await stage.publisher.ask('pace', job));
  const { received } = await arrival;
  const used = await usage.end(total);
  const { latenciesUs, duplicates } = await stage.sink.ask('report', { path });
  return {
    ...used,
    p50Ms: percentile(latenciesUs, 0.5) / 1000,
    p99Ms: percentile(latenciesUs, 0.99) / 1000,
    lost: total - received,
    duplicates,
  };
}
