import type { AuditAction, AuditActor, AuditChange, AuditDetails } from '@tocsin/shared';
import type { ObjectId } from 'mongodb';
import { noActivity, type ActivityCounts } from '../../../domain/activity.ts';
import type { AuditEntry } from '../../../domain/audit.ts';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';

/** Missing fields are 0. */
interface CountsDoc {
  accepted?: number;
  /** Missing in documents with accepted events: written by an older release. */
  deliveries?: number;
  delivered?: number;
  failed?: number;
  cancelled?: number;
  attempts?: number;
  failedAttempts?: number;
  retried?: number;
  waiting?: number;
  /** By the index of the latency class. */
  latency?: Record<string, number>;
}

export interface AppCountsDoc extends CountsDoc {
  appId: string;
  accountId: string;
}

/** Counts of one minute: of several apps, or of a single one in documents of older releases. */
export interface ActivityDoc extends CountsDoc {
  _id: string;
  appId: string | string[];
  accountId: string | string[];
  at: Date;
  /** Missing in documents of older releases. */
  savedAt?: Date;
  apps?: AppCountsDoc[];
}

/** Entries of older releases have no name of the key, issuer and subject. */
type LaterActorField = 'keyName' | 'issuer' | 'subject';
type AuditActorDoc = Omit<AuditActor, LaterActorField> & Partial<Pick<AuditActor, LaterActorField>>;

/** An entry of the audit log. Append-only; expires by `at`. */
export interface AuditDoc {
  _id: string;
  at: Date;
  action: AuditAction;
  actor: AuditActorDoc;
  accountId: string | null;
  appId: string | null;
  targetId: string | null;
  /** Missing in entries of older releases, like `changes`. */
  targetName?: string | null;
  address: string | null;
  requestId: string | null;
  details: AuditDetails;
  changes?: AuditChange[];
}

/**
 * A notification for all processes, in a capped collection. Readers see them in the order of insertion, which
 * can differ from that of `_id`.
 */
export type NotificationDoc = { _id: ObjectId } &
  /** An older process writes no entries and webhooks. */
  (
    | { kind: 'work'; entries?: { id: string; partitions: number[] }[]; webhookIds?: string[] }
    | { kind: 'changed'; collection: ConfigChange['collection']; id: string; appId?: string | undefined }
    | { kind: 'owners' }
    | { kind: 'limits'; limits: { key: string; until: Date }[] }
    /** Written by a process that starts to read: everything before its own one is old. */
    | { kind: 'listening' }
  );

/** A change to configuration, which expires by `at`, or the number of the newest one. */
export type ChangeDoc = { _id: number } & (
  | {
      kind: ConfigChange['collection'];
      /** The id of the changed object. */
      id: string;
      appId?: string | undefined;
      resetsHealth?: boolean | undefined;
      at: Date;
    }
  /** Stands before all changes, so that one read returns both. */
  | { kind: 'counter'; last: number; changedAt: Date }
);

/** The only document of its collection: the schema version, and the lease of the process that migrates it. */
export interface SchemaDoc {
  _id: 'schema';
  version: number;
  /** The lowest version that a process must know to start. */
  requires: number;
  applied: { version: number; name: string; at: Date }[];
  holder?: string;
  until?: Date;
}

/** The only document of its collection: the id of the installation, which all its processes share. */
export interface InstallationDoc {
  _id: 'installation';
  id: string;
}

export function toActivityCounts(doc: CountsDoc): ActivityCounts {
  const counts = noActivity();
  counts.accepted = doc.accepted ?? 0;
  counts.deliveries = doc.deliveries ?? toEndedDeliveries(doc);
  counts.delivered = doc.delivered ?? 0;
  counts.failed = doc.failed ?? 0;
  counts.cancelled = doc.cancelled ?? 0;
  counts.attempts = doc.attempts ?? 0;
  counts.failedAttempts = doc.failedAttempts ?? 0;
  counts.retried = doc.retried ?? 0;
  counts.waiting = doc.waiting ?? 0;
  for (const [index, count] of Object.entries(doc.latency ?? {})) counts.latency[Number(index)] = count;
  return counts;
}

/** The nearest number that documents of older releases have: most deliveries end in the minute of their event. */
function toEndedDeliveries({ accepted = 0, delivered = 0, failed = 0, cancelled = 0 }: CountsDoc): number {
  return accepted === 0 ? 0 : delivered + failed + cancelled;
}

export function toAuditEntry({ _id, at, actor, ...same }: AuditDoc): AuditEntry {
  return {
    id: _id,
    at: at.getTime(),
    actor: { keyName: null, issuer: null, subject: null, ...actor },
    targetName: null,
    changes: [],
    ...same,
  };
}

export function toAuditDoc({ id, at, changes, ...same }: AuditEntry): AuditDoc {
  return { _id: id, at: new Date(at), ...same, ...(changes.length === 0 ? {} : { changes: [...changes] }) };
}
