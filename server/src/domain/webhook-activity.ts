import type { AttemptReason, DeliveryStatus } from '@tocsin/shared';
import { latencyBoundsMs } from './activity.ts';

export const fineSlotMs = 5 * 60_000;
export const coarseSlotMs = 60 * 60_000;

/** What an endpoint did in one slot of time. */
export interface WebhookCounts {
  attempts: number;
  failedAttempts: number;
  delivered: number;
  failed: number;
  cancelled: number;
  /** Attempts by duration. One class more than `latencyBoundsMs` has bounds. */
  readonly durations: number[];
  /** Attempts by HTTP status. `none`: no response arrived. */
  readonly statuses: Map<string, number>;
  /** Failed attempts by reason. */
  readonly reasons: Map<string, number>;
  /** Attempts by event type. `*`: types beyond those that are counted by name. */
  readonly types: Map<string, TypeCounts>;
}

export interface TypeCounts {
  attempts: number;
  failedAttempts: number;
}

/** The counts of a slot, which begins at `at`, epoch ms. */
export interface WebhookSlot {
  readonly at: number;
  readonly counts: WebhookCounts;
}

export const noResponse = 'none';
export const otherTypes = '*';

/** A result of a delivery, as it is counted. */
export interface CountedAttempt {
  readonly status: DeliveryStatus;
  readonly type: string;
  /** Undefined: the delivery ended without a request. */
  readonly attempt:
    | {
        readonly statusCode: number | null;
        readonly reason: AttemptReason | null;
        readonly durationMs: number;
      }
    | undefined;
}

/** Returns counts of 0. */
export function noWebhookActivity(): WebhookCounts {
  return {
    attempts: 0,
    failedAttempts: 0,
    delivered: 0,
    failed: 0,
    cancelled: 0,
    durations: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0),
    statuses: new Map(),
    reasons: new Map(),
    types: new Map(),
  };
}

export function countAttempt(counts: WebhookCounts, { status, type, attempt }: CountedAttempt): void {
  if (status !== 'pending') counts[status]++;
  if (attempt === undefined) return;
  const hasFailed = attempt.reason !== null;
  counts.attempts++;
  if (attempt.reason !== null) {
    counts.failedAttempts++;
    add(counts.reasons, attempt.reason, 1);
  }
  add(counts.statuses, attempt.statusCode === null ? noResponse : String(attempt.statusCode), 1);
  addType(counts.types, type, { attempts: 1, failedAttempts: hasFailed ? 1 : 0 });
  const found = latencyBoundsMs.findIndex((bound) => attempt.durationMs <= bound);
  const index = found === -1 ? latencyBoundsMs.length : found;
  counts.durations[index] = (counts.durations[index] ?? 0) + 1;
}

/** Adds `more` to `into`. */
export function addWebhookCounts(into: WebhookCounts, more: WebhookCounts): void {
  into.attempts += more.attempts;
  into.failedAttempts += more.failedAttempts;
  into.delivered += more.delivered;
  into.failed += more.failed;
  into.cancelled += more.cancelled;
  for (const [index, count] of more.durations.entries()) {
    into.durations[index] = (into.durations[index] ?? 0) + count;
  }
  for (const [status, count] of more.statuses) add(into.statuses, status, count);
  for (const [reason, count] of more.reasons) add(into.reasons, reason, count);
  for (const [type, counts] of more.types) addType(into.types, type, counts);
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function addType(types: Map<string, TypeCounts>, type: string, more: TypeCounts): void {
  const known = types.get(type);
  if (known === undefined) types.set(type, { ...more });
  else {
    known.attempts += more.attempts;
    known.failedAttempts += more.failedAttempts;
  }
}
