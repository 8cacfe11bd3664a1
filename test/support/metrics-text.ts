import { Metrics } from '../../server/src/telemetry/metrics.ts';

/** `/metrics` of a process in which everything has happened once, so that each metric shows its labels. */
export async function metricsText(): Promise<string> {
  const metrics = new Metrics();
  const endpointQueues = { active: 1, paused: 1, probing: 1 };
  metrics.watchEngine(() => ({ inFlight: 1, queued: 1, held: 1, recording: 1, endpointQueues }));
  metrics.watchQueue(async () => await Promise.resolve({ pending: 2, dueNow: 1, oldestDueAt: 0 }), {
    now: () => 1,
  });
  metrics.accepted(1, 1);
  metrics.attempt('timeout', 1);
  metrics.finished('failed', 'retries_exhausted', 1);
  metrics.fenced(1);
  metrics.batch('accept', 1);
  metrics.setHeld(true);
  return await metrics.registry.metrics();
}
