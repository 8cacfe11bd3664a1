import {
  auditCsvHeader,
  listAuditEntriesInput,
  toAuditCsvLine,
  type AuditActor,
  type AuditChange,
  type AuditEntryView,
} from '@tocsin/shared';
import { toShortTime } from '../output/time.ts';
import { defineList } from './define-list.ts';

export const auditLogList = defineList({
  details: 'The newest first.',
  examples: ['', '--action webhook.deleted --json', '--since 2026-01-01T00:00:00Z --csv > audit.csv'],
  input: listAuditEntriesInput,
  page: async (client, input) => await client.auditLog.list.query(input),
  columns: [
    { title: 'AT', value: ({ at }) => toShortTime(at) },
    { title: 'ACTION', value: ({ action }) => action },
    { title: 'BY', value: ({ actor }) => toName(actor) },
    {
      title: 'TARGET',
      value: ({ targetId, targetName }) =>
        [targetId, targetName && `(${targetName})`].filter(Boolean).join(' '),
    },
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'DETAILS', value: ({ details, changes }) => toDetails(details, changes), canCut: true },
  ],
  empty: 'no entries',
  csv: { header: auditCsvHeader, toLine: toAuditCsvLine },
});

function toName({
  kind,
  keyName,
  keyId,
  subject,
}: Pick<AuditActor, 'kind' | 'keyName' | 'keyId' | 'subject'>): string {
  return keyName ?? keyId ?? subject ?? kind;
}

/** The changed fields by value, and everything else that is known. */
function toDetails(
  { changed, ...details }: AuditEntryView['details'],
  changes: readonly AuditChange[],
): string {
  const others = Object.entries(
    changes.length > 0 || changed === undefined ? details : { changed, ...details },
  );
  return [
    ...changes.map(({ field, before, after }) => `${field}: ${toText(before)} -> ${toText(after)}`),
    ...others.map(([name, value]) => `${name}=${toText(value)}`),
  ].join('  ');
}

function toText(value: AuditChange['before']): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(',') : String(value);
}
