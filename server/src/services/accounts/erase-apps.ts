import { setTimeout as wait } from 'node:timers/promises';
import type { AppDeletionStore, ClaimedDeletion } from '../../domain/ports/app-deletion-store.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { AuditService } from '../audit/audit-log.ts';

export interface AppEraserDeps {
  readonly deletions: Pick<AppDeletionStore, 'claim' | 'eraseSome' | 'release'>;
  readonly audit: Pick<AuditService, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How long after an empty sweep another one must find nothing. See `toSettleMs`. */
  readonly settleMs: number;
}

/** How often a process looks for deletions that are due. */
export const eraseEveryMs = 1_000;

/** Objects of one transaction, and transactions of one turn. Then it is the turn of another account. */
const batchSize = 1_000;
const batchesPerTurn = 10;

/** Pause after each turn, so that erasure does not slow deliveries down. */
const pauseMs = 20;

/** If a process dies during its turn, another process continues after this time. */
const leaseMs = 15_000;

/** Events in the outbox are checked this often until their entry is complete. */
const recheckMs = 1_000;

const minuteMs = 60_000;

/**
 * Sweeps after the end of a deletion, by the time since the last one. They erase what a process wrote that was
 * suspended for longer than the settle time.
 */
const lateSweepsMs = [10 * minuteMs, 60 * minuteMs, 24 * 60 * minuteMs] as const;

/**
 * Returns the settle time: attempts in flight, publish calls that another process accepted with a cached app,
 * and the writes of both have ended by then.
 */
export function toSettleMs(deliveryTimeoutMs: number): number {
  return minuteMs + deliveryTimeoutMs;
}

/**
 * Erases what deleted apps had, in turns of a bounded number of batches. Any number of processes share the
 * deletions. A deletion is done once two sweeps, a settle time apart, find nothing.
 */
export function createAppEraser({ deletions, audit, clock, log, settleMs }: AppEraserDeps) {
  /** Returns false if the turn ended before the sweep found nothing. */
  async function sweep(claim: ClaimedDeletion): Promise<{ isEmpty: boolean; count: number } | undefined> {
    let count = 0;
    for (let n = 0; n < batchesPerTurn; n++) {
      const step = await deletions.eraseSome(claim, batchSize, clock.now() + leaseMs);
      if (step === undefined) return undefined;
      const { webhooks, events, deliveries, replays } = step.erased;
      const erased = webhooks + events + deliveries + replays;
      count += erased;
      if (!step.isMore) return { isEmpty: count === 0, count };
      // Only events in the outbox are left.
      if (erased === 0) break;
    }
    return { isEmpty: false, count };
  }

  async function takeTurn(claim: ClaimedDeletion): Promise<void> {
    const swept = await sweep(claim);
    if (swept === undefined) return;
    const now = clock.now();
    if (!swept.isEmpty) {
      const due = swept.count === 0 ? now + recheckMs : now;
      return await deletions.release(claim, { due, emptySince: undefined });
    }
    const { deletion, emptySince = now } = claim;
    if (deletion.status === 'done')
      return await deletions.release(claim, toLateSweep(deletion.finishedAt, now));
    if (now - emptySince < settleMs) {
      return await deletions.release(claim, { due: emptySince + settleMs, emptySince });
    }
    await finish(claim, now);
  }

  async function finish(claim: ClaimedDeletion, now: number): Promise<void> {
    const { appId, accountId, erased, createdAt } = claim.deletion;
    // Before the status changes: a process that dies in between repeats the entry instead of omitting it.
    await audit.record('system', {
      action: 'app.erased',
      accountId,
      appId,
      targetId: appId,
      details: { ...erased },
    });
    await deletions.release(claim, { ...toLateSweep(now, now), finishedAt: now });
    log.info({ appId, ...erased, durationMs: now - createdAt }, 'erased a deleted app');
  }

  return async function eraseApps(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const claim = await deletions.claim(clock.now(), leaseMs);
        if (claim === undefined) return;
        await takeTurn(claim);
        await wait(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    } catch (error) {
      log.warn({ err: error }, 'erasure of deleted apps interrupted; will resume');
    }
  };
}

/** The next sweep of a deletion that is done. There is none after the last one. */
function toLateSweep(finishedAt: number | null, now: number) {
  const age = now - (finishedAt ?? now);
  const next = lateSweepsMs.find((after) => after > age);
  return { due: next === undefined ? undefined : now - age + next, emptySince: undefined };
}
