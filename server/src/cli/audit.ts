import type { Query, TocsinClient } from '@tocsin/client';
import { command, exitCode } from './command.ts';
import { serverDetails, serverOptions, withClient } from './connect.ts';

/** What `system.audit` answers: everything that was accepted in a window, and what became of it. */
export interface AuditResult {
  readonly window: { readonly from: string; readonly to: string };
  readonly events: number;
  /** Deliveries that the events owe. */
  readonly expected: number;
  readonly delivered: number;
  readonly pending: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Expected, and in no state that says why. */
  readonly unexplained: number;
  readonly findings: readonly { readonly kind: string; readonly id: string; readonly detail: string }[];
}

interface AuditInput {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const audit = command({
  name: 'audit',
  about: 'Looks whether everything that was accepted was delivered or says why not',
  details: `${serverDetails} Ends with 3 when something was found.`,
  options: {
    from: { type: 'string', value: 'TIME', about: 'of events accepted at or after, ISO 8601' },
    to: { type: 'string', value: 'TIME', about: 'of events accepted before, ISO 8601' },
    ...serverOptions,
  },
  async run({ from, to, url }, context) {
    context.progress('reading events and deliveries');
    const found = await withClient(context, url, (client) => auditOf(client).query({ from, to }));
    context.result(found, wordsOf(found));
    return exitCodeOf(found);
  },
});

/** The client's own types name it as soon as the server's router does; then this goes. */
function auditOf({ system }: TocsinClient): Query<AuditInput, AuditResult> {
  return (system as unknown as { readonly audit: Query<AuditInput, AuditResult> }).audit;
}

export function exitCodeOf({ unexplained, findings }: AuditResult): number {
  return unexplained === 0 && findings.length === 0 ? exitCode.ok : exitCode.found;
}

export function wordsOf(result: AuditResult): string {
  const { window, events, expected, delivered, pending, failed, cancelled, unexplained, findings } = result;
  return [
    `${window.from} to ${window.to}: ${events} events, ${expected} deliveries expected`,
    `${delivered} delivered, ${pending} pending, ${failed} failed, ${cancelled} cancelled, ${unexplained} unexplained`,
    ...findings.map(({ kind, id, detail }) => `${kind} ${id}: ${detail}`),
  ].join('\n');
}
