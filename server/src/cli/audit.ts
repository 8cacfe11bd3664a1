import type { SystemAudit } from '@tocsin/shared';
import { exitCode } from './command.ts';
import { defineCommand } from './define-command.ts';
import { serverDetails, serverOptions, withClient, type CliClient } from './connect.ts';

interface Window {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const audit = defineCommand({
  details: `${serverDetails} Requires the root token. Exits with 3 if it finds a discrepancy.`,
  examples: ['', '--from 2026-11-24T00:00:00Z --json'],
  options: {
    from: {
      type: 'string',
      value: 'time',
      summary: 'start of the time window, ISO 8601 (default: one day before --to)',
    },
    to: { type: 'string', value: 'time', summary: 'end of the time window, ISO 8601 (default: now)' },
    ...serverOptions,
  },
  async run({ from, to, url }, context) {
    context.progress('checking events and deliveries');
    const report = await withClient(context, url, (client) =>
      auditAll(client, { from, to }, (events) => context.progress(`${events} events checked`)),
    );
    context.result(report, toText(report));
    return toExitCode(report);
  },
});

/** Audits the whole window. One call checks some thousand events and returns where to continue. */
async function auditAll(
  { system }: CliClient,
  window: Window,
  progress: (events: number) => void,
): Promise<SystemAudit> {
  let total = await system.audit.query(window);
  while (total.next !== null) {
    progress(total.events);
    total = mergeAudits(total, await system.audit.query({ ...total.window, after: total.next }));
  }
  return total;
}

/** Adds the next part of a window to the total of the previous ones. */
export function mergeAudits(total: SystemAudit, next: SystemAudit): SystemAudit {
  const reasons = new Map(total.reasons.map((entry) => [`${entry.status} ${entry.reason}`, entry]));
  for (const entry of next.reasons) {
    const key = `${entry.status} ${entry.reason}`;
    reasons.set(key, { ...entry, count: entry.count + (reasons.get(key)?.count ?? 0) });
  }
  return {
    window: total.window,
    events: total.events + next.events,
    expected: total.expected + next.expected,
    delivered: total.delivered + next.delivered,
    pending: total.pending + next.pending,
    failed: total.failed + next.failed,
    cancelled: total.cancelled + next.cancelled,
    reasons: [...reasons.values()],
    unexplained: total.unexplained + next.unexplained,
    findings: [...total.findings, ...next.findings],
    next: next.next,
  };
}

export function toExitCode({ unexplained }: Pick<SystemAudit, 'unexplained'>): number {
  return unexplained === 0 ? exitCode.ok : exitCode.discrepancy;
}

export function toText(report: SystemAudit): string {
  const { window, events, expected, delivered, pending, failed, cancelled, unexplained } = report;
  return [
    `${window.from} to ${window.to}: ${events} events, ${expected} deliveries expected`,
    `${delivered} delivered, ${pending} pending, ${failed} failed, ${cancelled} cancelled, ` +
      `${unexplained} unexplained`,
    ...report.reasons
      .filter(({ status }) => status !== 'delivered')
      .map(({ status, reason, count }) => `  ${count} ${status}: ${reason}`),
    ...report.findings.map(({ kind, id, detail }) => `${kind} ${id}: ${detail}`),
  ].join('\n');
}
