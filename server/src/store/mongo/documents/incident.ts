import type { AttemptReason } from '@tocsin/shared';
import type { Incident, IncidentEnd } from '../../../domain/incident.ts';
import { toEpochMs } from './dates.ts';

/** An incident. Expires by `lastSeenAt`. */
export interface IncidentDoc {
  _id: string;
  webhookId: string;
  appId: string;
  accountId: string;
  reason: AttemptReason;
  statusCode: number | null;
  firstSeenAt: Date;
  openedAt: Date;
  lastSeenAt: Date;
  failedAttempts: number;
  hourly: { at: Date; attempts: number }[];
  /**
   * When it ends. Without a success since the last failure, `unendedFrom` and one ms for each failed attempt, so that
   * one index finds the open incidents and sorts them.
   */
  openUntil: Date;
  closedBy: IncidentEnd | null;
  snoozedUntil?: Date | null;
  snoozedByOperator?: boolean;
  note?: string | null;
}

/** Later than the end of every incident. */
export const unendedFrom = new Date('9000-01-01T00:00:00.000Z');

export function toIncident(doc: IncidentDoc): Incident {
  return {
    id: doc._id,
    webhookId: doc.webhookId,
    appId: doc.appId,
    accountId: doc.accountId,
    reason: doc.reason,
    statusCode: doc.statusCode,
    firstSeenAt: doc.firstSeenAt.getTime(),
    openedAt: doc.openedAt.getTime(),
    lastSeenAt: doc.lastSeenAt.getTime(),
    failedAttempts: doc.failedAttempts,
    hourly: doc.hourly.map(({ at, attempts }) => ({ at: at.getTime(), attempts })),
    endsAt: doc.openUntil >= unendedFrom ? null : doc.openUntil.getTime(),
    closedBy: doc.closedBy,
    snoozedUntil: toEpochMs(doc.snoozedUntil ?? undefined),
    snoozedByOperator: doc.snoozedByOperator ?? false,
    note: doc.note ?? null,
  };
}
