import type { AuditAction, Page } from '@tocsin/shared';
import type { AuditEntry } from '../audit.ts';
import type { PageRequest } from './page-request.ts';

/** Who did what. Only ever appended to; old entries end by age alone. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
}

export interface AuditFilter {
  readonly accountId?: string | undefined;
  readonly appId?: string | undefined;
  readonly action?: AuditAction | undefined;
}
