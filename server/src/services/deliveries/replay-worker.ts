import { setTimeout as wait } from 'node:timers/promises';
import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

/** Deliveries per batch. With the pause, 200 per second, which a recovering endpoint can handle. */
const batchSize = 200;
export const replayPauseMs = 1_000;

/** If a process dies during a replay, another process continues it after this time. */
const leaseMs = 15_000;

export interface ReplayWorkerDeps {
  readonly replays: ReplayStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after deliveries were put back into the queue. */
  readonly wake: () => void;
}

/** Runs one replay job until it ends, one batch per second. Any number of processes share the jobs. */
export function createReplayWorker({ replays, clock, log, wake }: ReplayWorkerDeps) {
  return async function runReplay(signal: AbortSignal): Promise<void> {
    try {
      const replay = await replays.claim(clock.now(), leaseMs);
      if (replay === undefined) return;
      while ((await replays.get(replay.id))?.status === 'running') {
        const count = await replays.requeueSome(replay, clock.now(), batchSize);
        if (count > 0) wake();
        if (count < batchSize) return;
        await wait(replayPauseMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
    } catch (error) {
      log.warn({ err: error }, 'replay interrupted; will resume');
    }
  };
}
