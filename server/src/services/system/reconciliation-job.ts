import type { SystemAudit } from '@tocsin/shared';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Reconcile } from './reconciliation.ts';

export interface ReconciliationJobDeps {
  readonly check: Reconcile;
  readonly clock: Clock;
  readonly log: Log;
  readonly report: (audit: Pick<SystemAudit, 'events' | 'unexplained'>) => void;
}

/** A minute out of ten: a tenth of the events are read once more, which no delivery feels. */
export const watchEveryMs = 10 * 60_000;
const windowMs = 60_000;

/** Old enough that first attempts and their recording are over, also those that a crash made wait for a lease. */
const settledMs = 2 * 60_000;

/** The conservation check as a sample, for the metrics and the log. Must not reject: the next one comes anyway. */
export function createReconciliationJob({ check, clock, log, report }: ReconciliationJobDeps) {
  return async function watch(): Promise<void> {
    try {
      const to = clock.now() - settledMs;
      const audit = await check({ from: to - windowMs, to });
      report(audit);
      if (audit.unexplained === 0) return;
      const { window, unexplained, findings } = audit;
      log.error(
        { window, unexplained, findings: findings.slice(0, 10) },
        'the conservation check found something',
      );
    } catch (error) {
      log.warn({ err: error }, 'the conservation check could not be made; trying again later');
    }
  };
}
