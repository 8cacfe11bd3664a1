import type { AuditAction, AuditDetails, AuditEntryView, AuditFilter, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { AuditEntry } from '../../domain/audit.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { iso, mapPage } from '../common/iso-time.ts';

/** What happened. The account is looked up by the app unless it is given. */
export interface Deed {
  readonly action: AuditAction;
  readonly accountId?: string | null;
  readonly appId?: string | null;
  readonly targetId: string | null;
  /** Names of changed fields, reasons, counts; never a value that could be a secret. */
  readonly details?: AuditDetails;
}

export interface AuditServiceDeps {
  readonly auditLog: AuditLog;
  readonly access: AccessControl;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
}

/** `system`: the platform itself. */
export type Doer = Actor | 'system';

export function createAuditService({ auditLog, access, ids, clock, log }: AuditServiceDeps) {
  return {
    /**
     * Puts a deed on record, after it was done and before its caller is answered. Never rejects: what was done stays done,
     * and that its record is missing is for a person to look at.
     */
    async record(doer: Doer, deed: Deed): Promise<void> {
      const at = clock.now();
      const id = ids.audit(at);
      try {
        const accountId = await accountOf(doer, deed);
        await auditLog.append(toAuditEntry(doer, deed, { id, at, accountId }));
      } catch (error) {
        const { action, targetId, appId = null } = deed;
        log.error(
          { err: error, audit: { id, at: iso(at), action, targetId, appId } },
          'audit entry not written',
        );
      }
    },

    /** Newest first. A key sees what concerns its account, and needs every right in it; root sees everything. */
    async list(actor: Actor, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntryView>> {
      access.requireScope(actor, '*');
      const accountId = actor.kind === 'root' ? undefined : actor.accountId;
      // Not judged by the app: entries of a deleted one are still its account's to read, and those of a foreign one are
      // left out like those of one that never was.
      return mapPage(await auditLog.list({ ...filter, accountId }, page), (entry) =>
        toAuditEntryView(entry, actor),
      );
    },
  };

  async function accountOf(doer: Doer, { accountId, appId }: Deed): Promise<string | null> {
    if (accountId !== undefined) return accountId;
    if (doer !== 'system' && doer.kind === 'key') return doer.accountId;
    return appId === undefined || appId === null ? null : ((await access.accountOf(appId)) ?? null);
  }
}

export type AuditService = ReturnType<typeof createAuditService>;

function toAuditEntry(doer: Doer, deed: Deed, made: Pick<AuditEntry, 'id' | 'at' | 'accountId'>): AuditEntry {
  const origin = doer === 'system' ? undefined : doer.origin;
  return {
    ...made,
    action: deed.action,
    actor:
      doer !== 'system' && doer.kind === 'key'
        ? { kind: 'key', keyId: doer.keyId, keyPrefix: doer.keyPrefix }
        : { kind: doer === 'system' ? 'system' : 'root', keyId: null, keyPrefix: null },
    appId: deed.appId ?? null,
    targetId: deed.targetId,
    address: origin?.address ?? null,
    requestId: origin?.requestId ?? null,
    details: deed.details ?? {},
  };
}

function toAuditEntryView({ at, address, ...same }: AuditEntry, reader: Actor): AuditEntryView {
  // The operator's network is none of a customer's business.
  const isHidden = same.actor.kind === 'root' && reader.kind !== 'root';
  return { ...same, at: iso(at), address: isHidden ? null : address };
}
