import type { AuditChange, AuditEntryView } from './audit.ts';

/** One row for each column of an export, in order. */
const columns: readonly (readonly [name: string, value: (entry: AuditEntryView) => string | null])[] = [
  ['at', ({ at }) => at],
  ['action', ({ action }) => action],
  ['actor_kind', ({ actor }) => actor.kind],
  ['actor_id', ({ actor }) => actor.keyId ?? actor.subject],
  ['actor_name', ({ actor }) => actor.keyName ?? actor.keyPrefix],
  ['account_id', ({ accountId }) => accountId],
  ['app_id', ({ appId }) => appId],
  ['target_id', ({ targetId }) => targetId],
  ['target_name', ({ targetName }) => targetName],
  ['changes', ({ changes }) => changes.map(toChangeText).join('; ')],
  ['details', ({ details }) => toDetailsText(details)],
  ['address', ({ address }) => address],
  ['request_id', ({ requestId }) => requestId],
  ['id', ({ id }) => id],
];

/** The first line of a CSV file of audit entries (RFC 4180), without the line end. */
export const auditCsvHeader = columns.map(([name]) => name).join(',');

/** Returns one line of a CSV file of audit entries, without the line end. */
export function toAuditCsvLine(entry: AuditEntryView): string {
  return columns.map(([, value]) => toCell(value(entry) ?? '')).join(',');
}

/** Spreadsheets run a cell that begins with one of these as a formula. Names come from callers. */
const formulaStart = /^[=+\-@\t\r]/;

function toCell(text: string): string {
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function toChangeText({ field, before, after }: AuditChange): string {
  return `${field}: ${toText(before)} -> ${toText(after)}`;
}

function toDetailsText(details: AuditEntryView['details']): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${toText(value)}`)
    .join('; ');
}

function toText(value: AuditChange['before']): string {
  if (value === null) return 'none';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
