import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { Pace } from '../../domain/ports/limit-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

/**
 * Deliveries that the replays of an account requeue, over all its jobs and all processes: at a pace that a
 * recovering endpoint can handle.
 */
const pace: Pace = { burst: 200, perSecond: 200 };
export const replayPauseMs = 1_000;

/**
 * If a process dies during a batch, another process continues the replay after this time. Longer than the time
 * limits of the calls of a batch together.
 */
const leaseMs = 30_000;

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
        const request = { afterAccountId: accountId, now: clock.now(), leaseMs, pace };
        const replay = await replays.claimNext(request);
        if (replay === undefined) return;
        accountId = replay.accountId;
        try {
          const count = await replays.requeueSome(replay, clock.now());
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
