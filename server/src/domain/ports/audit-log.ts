import type { AuditFilter, Page } from '@tocsin/shared';
import type { AuditEntry } from '../audit.ts';
import type { PageRequest } from './page-request.ts';

/** The audit log: who did what. Append-only. Entries expire by age. */
export interface AuditLog {
  /** An entry whose id exists has no effect. */
  append(entry: AuditEntry): Promise<void>;
  /** Returns entries newest first. */
  list(filter: AccountAuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
}

/** A caller's filter, narrowed to the caller's account. `accountId` undefined: every account. */
export type AccountAuditFilter = AuditFilter & { readonly accountId?: string | undefined };
