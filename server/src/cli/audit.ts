import type { TocsinClient } from '@tocsin/client';
import type { SystemAudit } from '@tocsin/shared';
import { command, exitCode } from './command.ts';
import { serverDetails, serverOptions, withClient } from './connect.ts';

interface Window {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const audit = command({
  name: 'audit',
  about: 'Looks whether everything that was accepted was delivered or says why not',
  details: `${serverDetails} Needs the root token. Ends with 3 when something was found.`,
  options: {
    from: {
      type: 'string',
      value: 'TIME',
      about: 'of events accepted at or after, ISO 8601; a day before --to',
    },
    to: { type: 'string', value: 'TIME', about: 'of events accepted before, ISO 8601; now' },
    ...serverOptions,
  },
  async run({ from, to, url }, context) {
    context.progress('reading events and deliveries');
    const found = await withClient(context, url, (client) =>
      auditAll(client, { from, to }, (events) => context.progress(`${events} events`)),
    );
    context.result(found, toWords(found));
    return toExitCode(found);
  },
});

/** The whole window: a call looks at some thousand events and says where to go on. */
async function auditAll(
  { system }: TocsinClient,
  window: Window,
  progress: (events: number) => void,
): Promise<SystemAudit> {
  let total = await system.audit.query(window);
  while (total.next !== null) {
    progress(total.events);
    total = toSum(total, await system.audit.query({ ...total.window, after: total.next }));
  }
  return total;
}

export function toSum(one: SystemAudit, next: SystemAudit): SystemAudit {
  const reasons = new Map(one.reasons.map((entry) => [`${entry.status} ${entry.reason}`, entry]));
  for (const entry of next.reasons) {
    const key = `${entry.status} ${entry.reason}`;
    reasons.set(key, { ...entry, count: entry.count + (reasons.get(key)?.count ?? 0) });
  }
  return {
    window: one.window,
    events: one.events + next.events,
    expected: one.expected + next.expected,
    delivered: one.delivered + next.delivered,
    pending: one.pending + next.pending,
    failed: one.failed + next.failed,
    cancelled: one.cancelled + next.cancelled,
    reasons: [...reasons.values()],
    unexplained: one.unexplained + next.unexplained,
    findings: [...one.findings, ...next.findings],
    next: next.next,
  };
}

export function toExitCode({ unexplained }: Pick<SystemAudit, 'unexplained'>): number {
  return unexplained === 0 ? exitCode.ok : exitCode.found;
}

export function toWords(result: SystemAudit): string {
  const { window, events, expected, delivered, pending, failed, cancelled, unexplained, findings } = result;
  return [
    `${window.from} to ${window.to}: ${events} events, ${expected} deliveries expected`,
    `${delivered} delivered, ${pending} pending, ${failed} failed, ${cancelled} cancelled, ${unexplained} unexplained`,
    ...result.reasons
      .filter(({ status }) => status !== 'delivered')
      .map(({ status, reason, count }) => `  ${count} ${status}: ${reason}`),
    ...findings.map(({ kind, id, detail }) => `${kind} ${id}: ${detail}`),
  ].join('\n');
}
