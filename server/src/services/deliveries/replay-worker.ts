import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

/**
 * Deliveries per batch. With the pause, 200 per second for each account, which a recovering endpoint can
 * handle.
 */
const batchSize = 200;
export const replayPauseMs = 1_000;

/** Pause of one job, so that several processes together send no more of it: less than the shortest round. */
const jobPauseMs = 750;

/** If a process dies during a batch, another process continues the replay after this time. */
const leaseMs = 15_000;

export interface ReplayWorkerDeps {
  readonly replays: Pick<ReplayStore, 'claimNext' | 'requeueSome'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after deliveries of the webhook were put back into the queue. */
  readonly notifyDue: (webhookId: string) => void;
}

/**
 * Runs one round of the replays: one batch for each account, so that a large job, or many jobs of one account,
 * delay no other account. An account's jobs take turns. Any number of processes share the jobs.
 */
export function createReplayWorker({ replays, clock, log, notifyDue }: ReplayWorkerDeps) {
  return async function runReplayRound(signal: AbortSignal): Promise<void> {
    let accountId: string | undefined;
    try {
      while (!signal.aborted) {
        const replay = await replays.claimNext(accountId, clock.now(), leaseMs);
        if (replay === undefined) return;
        accountId = replay.accountId;
        try {
          const now = clock.now();
          const count = await replays.requeueSome(replay, now, batchSize, now + jobPauseMs);
          if (count > 0) notifyDue(replay.webhookId);
        } catch (error) {
          // The lease of the replay expires. The other accounts do not wait for that.
          log.warn({ err: error, replayId: replay.id }, 'replay interrupted; will resume');
        }
      }
    } catch (error) {
      log.warn({ err: error }, 'replay interrupted; will resume');
    }
  };
}
