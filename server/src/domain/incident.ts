import type { AttemptReason } from '@tocsin/shared';

/**
 * Failed attempts of one webhook with the same reason and status.
 *
 *   (none) --a failure--> open --a later success, and five quiet minutes--> closed
 *                         open --a user disables the webhook--> closed
 *                         closed --a failure--> open, as a new occurrence with the same id, note and snooze
 */
export interface Incident {
  readonly id: string;
  readonly webhookId: string;
  readonly appId: string;
  readonly accountId: string;
  readonly reason: AttemptReason;
  readonly statusCode: number | null;
  /** Times are epoch ms. */
  readonly firstSeenAt: number;
  /** First failure of this occurrence. */
  readonly openedAt: number;
  readonly lastSeenAt: number;
  /** Failed attempts of this occurrence. */
  readonly failedAttempts: number;
  /** Failed attempts by clock hour, of the last day, ascending. */
  readonly hourly: readonly HourlyCount[];
  /** When it ends unless an attempt fails before. Null: nothing has succeeded since the last failure. */
  readonly endsAt: number | null;
  /** What `endsAt` comes from. */
  readonly closedBy: IncidentEnd | null;
  readonly snoozedUntil: number | null;
  /** Only such a snooze silences the alerts of the operator. */
  readonly snoozedByOperator: boolean;
  readonly note: string | null;
}

export type IncidentEnd = 'success' | 'disabled';

export interface HourlyCount {
  /** Start of the hour, epoch ms. */
  readonly at: number;
  readonly attempts: number;
}

/** Failures of one kind that were counted since the last save. */
export type IncidentFailures = Pick<
  Incident,
  'id' | 'webhookId' | 'appId' | 'accountId' | 'reason' | 'statusCode'
> & {
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
};

/** The end of all incidents of a webhook whose last failure was before `at`. */
export interface IncidentClosure {
  readonly webhookId: string;
  readonly at: number;
  readonly by: IncidentEnd;
}

/** An incident with successes stays open for this time after its last failure, so that it does not flap. */
export const quietMs = 5 * 60_000;

export const hourMs = 60 * 60_000;

/** Hours whose counts an incident keeps. */
export const keptHours = 24;

/** Returns the id of the incident that a failure belongs to. */
export function toIncidentId(webhookId: string, reason: AttemptReason, statusCode: number | null): string {
  const stem = `inc_${webhookId.slice('wh_'.length)}_${reason}`;
  return statusCode === null ? stem : `${stem}_${statusCode}`;
}

export function toHour(at: number): number {
  return Math.floor(at / hourMs) * hourMs;
}

export function isIncidentOpen({ endsAt }: Pick<Incident, 'endsAt'>, now: number): boolean {
  return endsAt === null || endsAt > now;
}

export function afterFailures(known: Incident | undefined, failures: IncidentFailures): Incident {
  const { attempts, firstAt, lastAt, ...identity } = failures;
  const goesOn = known !== undefined && isIncidentOpen(known, firstAt);
  return {
    ...identity,
    firstSeenAt: Math.min(known?.firstSeenAt ?? firstAt, firstAt),
    openedAt: goesOn ? known.openedAt : firstAt,
    lastSeenAt: Math.max(known?.lastSeenAt ?? lastAt, lastAt),
    failedAttempts: (goesOn ? known.failedAttempts : 0) + attempts,
    hourly: addToHour(known?.hourly ?? [], toHour(lastAt), attempts),
    endsAt: null,
    closedBy: null,
    snoozedUntil: known?.snoozedUntil ?? null,
    snoozedByOperator: known?.snoozedByOperator ?? false,
    note: known?.note ?? null,
  };
}

function addToHour(hourly: readonly HourlyCount[], hour: number, attempts: number): HourlyCount[] {
  const kept = hourly.filter(({ at }) => at > hour - keptHours * hourMs && at !== hour);
  const before = hourly.find(({ at }) => at === hour)?.attempts ?? 0;
  return [...kept, { at: hour, attempts: before + attempts }];
}

/** Returns the incident as it was if it failed later. */
export function afterClosure(incident: Incident, { at, by }: Omit<IncidentClosure, 'webhookId'>): Incident {
  if (incident.lastSeenAt >= at || !isIncidentOpen(incident, at)) return incident;
  if (by === 'disabled') return { ...incident, endsAt: at, closedBy: by };
  if (incident.endsAt !== null) return incident;
  return { ...incident, endsAt: Math.max(at, incident.lastSeenAt + quietMs), closedBy: by };
}
