import type {
  AuditAction,
  AuditActor,
  AuditChange,
  AuditDetails,
  AuditEntryView,
  AuditFilter,
  Page,
} from '@tocsin/shared';
import { getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import type { AuditEntry } from '../../domain/audit.ts';
import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { mapPage, toIso } from '../common/iso-time.ts';

/** An action to record. If `accountId` is omitted, it is the account of the caller or of the app. */
export interface AuditRecord {
  readonly action: AuditAction;
  readonly accountId?: string | null;
  readonly appId?: string | null;
  readonly targetId: string | null;
  /** @default none */
  readonly targetName?: string | null;
  /**
   * Id of the entry, so that a call that is continued after a crash is recorded once.
   * @default a new one
   */
  readonly entryId?: string | undefined;
  /** Names of changed fields, reasons and counts. Never a value that could be a secret. */
  readonly details?: AuditDetails;
  /**
   * The changed fields, with credentials masked.
   * @default none
   */
  readonly changes?: readonly AuditChange[];
}

export interface AuditServiceDeps {
  readonly auditLog: AuditLog;
  readonly access: AccessControl;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
}

/** `system` is the platform itself. */
type AuditedActor = Actor | 'system';

export function createAuditService({ auditLog, access, ids, clock, log }: AuditServiceDeps) {
  return {
    /**
     * Records an action after it took effect and before the caller gets its result. Never rejects, because
     * the action cannot be undone: a missing entry is logged as an error.
     */
    async record(actor: AuditedActor, record: AuditRecord): Promise<void> {
      const at = clock.now();
      const id = record.entryId ?? ids.audit(at);
      try {
        const accountId = await findAccount(actor, record);
        await auditLog.append(toAuditEntry(actor, record, { id, at, accountId }));
      } catch (error) {
        const { action, targetId, appId = null } = record;
        log.error(
          { err: error, audit: { id, at: toIso(at), action, targetId, appId } },
          'could not write an audit entry',
        );
      }
    },

    /**
     * Lists entries, newest first. A key needs the scope `*` and sees the entries of its account; root sees
     * all.
     */
    async list(actor: Actor, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntryView>> {
      access.requireScope(actor, '*');
      const accountId = getAccountLimit(actor);
      const appId = getAppLimit(actor) ?? filter.appId;
      if (filter.appId !== undefined && filter.appId !== appId) return { items: [], nextCursor: null };
      // Filtered by account, not by app: the entries of a deleted app stay readable for its account, and
      // those of another account's app are left out like those of a missing one.
      return mapPage(await auditLog.list({ ...filter, appId, accountId }, page), (entry) =>
        toAuditEntryView(entry, actor),
      );
    },
  };

  async function findAccount(actor: AuditedActor, { accountId, appId }: AuditRecord): Promise<string | null> {
    if (accountId !== undefined) return accountId;
    if (actor !== 'system' && actor.kind !== 'root') return actor.accountId;
    return appId === undefined || appId === null ? null : ((await access.findAccount(appId)) ?? null);
  }
}

export type AuditService = ReturnType<typeof createAuditService>;

function toAuditEntry(
  actor: AuditedActor,
  record: AuditRecord,
  known: Pick<AuditEntry, 'id' | 'at' | 'accountId'>,
): AuditEntry {
  const origin = actor === 'system' ? undefined : actor.origin;
  return {
    ...known,
    action: record.action,
    actor: toAuditActor(actor),
    appId: record.appId ?? null,
    targetId: record.targetId,
    targetName: record.targetName ?? null,
    address: origin?.address ?? null,
    requestId: origin?.requestId ?? null,
    details: record.details ?? {},
    changes: record.changes ?? [],
  };
}

function toAuditActor(actor: AuditedActor): AuditActor {
  const unknown = { keyId: null, keyPrefix: null, keyName: null, issuer: null, subject: null };
  if (actor === 'system') return { ...unknown, kind: 'system' };
  switch (actor.kind) {
    case 'root':
      return { ...unknown, kind: 'root' };
    case 'key':
      return {
        ...unknown,
        kind: 'key',
        keyId: actor.keyId,
        keyPrefix: actor.keyPrefix,
        keyName: actor.keyName,
      };
    case 'token':
      return { ...unknown, kind: 'token', issuer: actor.issuer, subject: actor.subject };
  }
}

function toAuditEntryView({ at, address, changes, ...same }: AuditEntry, reader: Actor): AuditEntryView {
  // Customers do not see the operator's address.
  const isHidden = same.actor.kind === 'root' && reader.kind !== 'root';
  return { ...same, changes: [...changes], at: toIso(at), address: isHidden ? null : address };
}
