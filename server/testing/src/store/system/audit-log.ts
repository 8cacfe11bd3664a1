import type { Page } from '@tocsin/shared';
import type { AuditEntry } from '../../../../src/domain/audit.ts';
import { lowestIdAt } from '../../../../src/domain/ids.ts';
import type { AccountAuditFilter, AuditLog } from '../../../../src/domain/ports/audit-log.ts';
import type { PageRequest } from '../../../../src/domain/ports/page-request.ts';
import { toPredicate, type FilterTable } from '../filter-table.ts';
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
    return copyPage(this.#entries.values(), page, toPredicate(auditMatches, filter));
  }
}

/** One row per filter of `auditLog.list`. */
const auditMatches: FilterTable<AccountAuditFilter, AuditEntry> = {
  accountId: (entry, accountId) => entry.accountId === accountId,
  appId: (entry, appId) => entry.appId === appId,
  action: (entry, action) => entry.action === action,
  targetId: (entry, targetId) => entry.targetId === targetId,
  keyId: (entry, keyId) => entry.actor.keyId === keyId,
  actorKind: (entry, kind) => entry.actor.kind === kind,
  since: (entry, since) => entry.id >= lowestIdAt('aud_', Date.parse(since)),
  until: (entry, until) => entry.id < lowestIdAt('aud_', Date.parse(until)),
};
