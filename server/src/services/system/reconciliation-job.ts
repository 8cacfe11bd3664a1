import type { SystemAudit } from '@tocsin/shared';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Reconcile } from './reconciliation.ts';

export interface ReconciliationJobDeps {
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly log: Log;
  readonly report: (audit: Pick<SystemAudit, 'events' | 'unexplained'>) => void;
}

/**
 * Each run checks one minute, so a tenth of the events are read once more, which deliveries do not notice.
 */
export const reconcileEveryMs = 10 * 60_000;
const windowMs = 60_000;

/**
 * Age of the checked events. Their first attempts are stored by then, also those that waited for a lease
 * after a crash.
 */
const settledMs = 2 * 60_000;

/** Reconciles a sample of recent events, for metrics and log. Never rejects: the next run checks again. */
export function createReconciliationJob({ reconcile, clock, log, report }: ReconciliationJobDeps) {
  return async function runReconciliation(): Promise<void> {
    try {
      const to = clock.now() - settledMs;
      const audit = await reconcile({ from: to - windowMs, to });
      report(audit);
      if (audit.unexplained === 0) return;
      const { window, unexplained, findings } = audit;
      log.error(
        { window, unexplained, findings: findings.slice(0, 10) },
        'reconciliation found discrepancies',
      );
    } catch (error) {
      log.warn({ err: error }, 'reconciliation failed; will retry');
    }
  };
}
