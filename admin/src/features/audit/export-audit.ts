import { auditCsvHeader, toAuditCsvLine, type AuditFilter } from '@tocsin/shared';
import { client } from '../../lib/trpc.ts';
import type { AuditEntry } from './audit-entry.ts';

export type ExportFormat = 'csv' | 'ndjson';

/** The most entries of one file, which the browser builds in memory. */
export const maxEntries = 100_000;

const formats = {
  csv: {
    type: 'text/csv',
    header: `${auditCsvHeader}\r\n`,
    toLine: (entry: AuditEntry) => `${toAuditCsvLine(entry)}\r\n`,
  },
  ndjson: {
    type: 'application/x-ndjson',
    header: '',
    toLine: (entry: AuditEntry) => `${JSON.stringify(entry)}\n`,
  },
} as const satisfies Record<ExportFormat, object>;

/** Reads all pages of a filter and saves them as a file, newest first. Returns the count, and whether there are more. */
export async function exportAudit(
  format: ExportFormat,
  filter: AuditFilter,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (count: number) => void },
): Promise<{ readonly count: number; readonly hasMore: boolean }> {
  const { type, header, toLine } = formats[format];
  const parts: string[] = [header];
  let cursor: string | undefined;
  let count = 0;
  do {
    const page: { readonly items: readonly AuditEntry[]; readonly nextCursor: string | null } =
      await client.auditLog.list.query({ ...filter, cursor, limit: 200 }, { signal });
    parts.push(page.items.map(toLine).join(''));
    count += page.items.length;
    onProgress(count);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && count < maxEntries);
  save(new Blob(parts, { type: `${type};charset=utf-8` }), toFileName(format));
  return { count, hasMore: cursor !== undefined };
}

function toFileName(format: ExportFormat): string {
  return `tocsin-audit-log-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`;
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
