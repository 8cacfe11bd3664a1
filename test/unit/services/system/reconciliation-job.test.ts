import type { AuditFinding, SystemAudit } from '@tocsin/shared';
import { expect, it, vi } from 'vitest';
import { createReconciliationJob } from '../../../../server/src/services/system/reconciliation-job.ts';
import { FakeClock } from '../../../support/clock.ts';

const finding = (id: string): AuditFinding => ({ kind: 'stuck_claim', id, detail: 'no worker is running' });

function auditWith(findings: readonly AuditFinding[]): SystemAudit {
  const counts = { events: 7, expected: 7, delivered: 7, pending: 0, failed: 0, cancelled: 0 };
  const window = { from: '2025-12-31T23:57:00.000Z', to: '2025-12-31T23:58:00.000Z' };
  return {
    window,
    ...counts,
    reasons: [],
    unexplained: findings.length,
    findings: [...findings],
    next: null,
  };
}

/** One run over a check that returns or throws this. */
async function runOver(outcome: SystemAudit | Error) {
  const reconcile = vi.fn(() =>
    outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome),
  );
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const report = vi.fn();
  await createReconciliationJob({ reconcile, clock: new FakeClock(), log, report })();
  return { reconcile, log, report };
}

it('checks a minute whose first attempts are stored, and logs nothing if all is well', async () => {
  const audit = auditWith([]);
  const { reconcile, log, report } = await runOver(audit);
  expect(reconcile.mock.calls).toEqual([
    [{ from: Date.parse('2025-12-31T23:57:00.000Z'), to: Date.parse('2025-12-31T23:58:00.000Z') }],
  ]);
  expect(report.mock.calls).toEqual([[audit]]);
  expect([log.error, log.warn].flatMap(({ mock }) => mock.calls)).toEqual([]);
});

it('logs the number of discrepancies and the first ten as an error', async () => {
  const audit = auditWith(Array.from({ length: 12 }, (_, n) => finding(`evt_${n}`)));
  const { log, report } = await runOver(audit);
  expect(report.mock.calls).toEqual([[audit]]);
  expect(log.error.mock.calls).toEqual([
    [
      { window: audit.window, unexplained: 12, findings: audit.findings.slice(0, 10) },
      'reconciliation found discrepancies',
    ],
  ]);
});

it('logs a check that failed, and leaves it to the next run', async () => {
  const error = new Error('away');
  const { log, report } = await runOver(error);
  expect(report).not.toHaveBeenCalled();
  expect(log.warn.mock.calls).toEqual([[{ err: error }, 'reconciliation failed; will retry']]);
});
