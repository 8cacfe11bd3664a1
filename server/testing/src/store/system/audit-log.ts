import type { Page } from '@tocsin/shared';
import type { AuditEntry } from '../../../../src/domain/audit.ts';
import type { AccountAuditFilter, AuditLog } from '../../../../src/domain/ports/audit-log.ts';
import type { PageRequest } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { copyPage } from '../read-map.ts';

/** Has no operation to change an entry. */
export class MemoryAuditLog implements AuditLog {
  readonly #entries: MemoryConfig['auditLog'];

  constructor({ auditLog }: Pick<MemoryConfig, 'auditLog'>) {
    this.#entries = auditLog;
  }

  async append(entry: AuditEntry): Promise<void> {
    if (!this.#entries.has(entry.id)) this.#entries.set(entry.id, structuredClone(entry));
  }

  async list(filter: AccountAuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    return copyPage(this.#entries.values(), page, (entry) => matches(filter, entry));
  }
}

/** The fields that `auditLog.list` filters by. The compiler asks for those of new filters. */
const filterFields: Readonly<Record<keyof AccountAuditFilter, true>> = {
  accountId: true,
  appId: true,
  action: true,
};

function matches(filter: AccountAuditFilter, entry: AuditEntry): boolean {
  // `as`: Object.keys loses the names.
  return (Object.keys(filterFields) as (keyof AccountAuditFilter)[]).every(
    (field) => filter[field] === undefined || filter[field] === entry[field],
  );
}
