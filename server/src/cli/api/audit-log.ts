import { listAuditEntriesInput, type AuditActor } from '@tocsin/shared';
import { toShortTime } from '../output/time.ts';
import { defineList } from './define-list.ts';

export const auditLogList = defineList({
  details: 'The newest first.',
  examples: ['', '--action webhook.deleted --json'],
  input: listAuditEntriesInput,
  page: async (client, input) => await client.auditLog.list.query(input),
  columns: [
    { title: 'AT', value: ({ at }) => toShortTime(at) },
    { title: 'ACTION', value: ({ action }) => action },
    { title: 'BY', value: ({ actor }) => toName(actor) },
    { title: 'TARGET', value: ({ targetId }) => targetId },
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'DETAILS', value: ({ details }) => toDetails(details), canCut: true },
  ],
  empty: 'no entries',
});

function toName({ kind, keyId, subject }: AuditActor): string {
  return keyId ?? subject ?? kind;
}

function toDetails(details: object): string {
  return Object.entries(details)
    .map(
      ([name, value]: [string, unknown]) =>
        `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`,
    )
    .join(' ');
}
