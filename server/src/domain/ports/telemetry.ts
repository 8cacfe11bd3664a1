import type { CountedResult } from '../activity.ts';
import type { AttemptReason, DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { AcceptedEvent } from '../event.ts';
import type { DeliveryResult } from './delivery-queue.ts';

/* Metrics and activity hooks of the ingest and delivery paths. */

/** Activity per app, for the overview page. */
export interface ActivityRecorder {
  recordAccepted(event: Pick<AcceptedEvent, 'appId' | 'accountId' | 'acceptedAt'>, deliveries: number): void;
  recordResult(event: Pick<AcceptedEvent, 'appId' | 'accountId'>, result: CountedResult): void;
}

/** Attempts per webhook, for its page. */
export interface WebhookActivityRecorder {
  recordResult(result: DeliveryResult): void;
}

/**
 * Why an event was refused without being stored: its account has too many waiting events, the database is too slow
 * for the deadline of its publisher, or the database confirms nothing.
 */
export type RefusalReason = 'queue_full' | 'too_slow' | 'stalled';

/** Metrics of the process. */
export interface Meter {
  /** Counts the events of one insert, with its duration in the database. */
  countAccepted(count: number, durationMs: number): void;
  /** Counts an event that was refused before it was stored. Its publisher can publish it again. */
  countRefused(reason: RefusalReason): void;
  /** Counts an attempt; `reason` is null if it succeeded. */
  countAttempt(reason: AttemptReason | null, durationMs: number): void;
  /** Counts a delivery that reached a final status. */
  countFinished(status: DeliveryStatus, reason: DeliveryReason | null, sinceAcceptedMs: number): void;
  /** Counts results that were rejected by the fence. */
  countFenced(count: number): void;
  observeBatch(kind: 'accept' | 'record' | 'claim', size: number): void;
}

/**
 * Why the server closed a connection: no room, a request or response that made no progress, a request that is
 * not HTTP, a response that refused the request, no request for too long, or a peer that hung up.
 */
export type ConnectionCloseCause =
  | 'limit'
  | 'slow_request'
  | 'slow_response'
  | 'invalid'
  | 'refused'
  | 'idle'
  | 'aborted';

/** Metrics of the HTTP server. */
export interface ConnectionMeter {
  countClosedConnection(cause: ConnectionCloseCause): void;
}

/** Metrics of the programs that call the server. */
export interface ClientMeter {
  /** Counts a call of an authenticated caller, by its header `User-Agent`. */
  countCall(userAgent: string | undefined): void;
}

/**
 * What became of a lookup of a receiver's name: found in the cache, answered by a name server, or failed. `limited`
 * is one that could not start, because its account has too many others.
 */
export type LookupOutcome = 'cached' | 'answered' | 'not_found' | 'timeout' | 'server_failed' | 'limited';

/** Metrics of lookups of receivers' names. */
export interface LookupMeter {
  countLookup(outcome: LookupOutcome, durationMs: number): void;
}

/**
 * Why a request could not be sent although it was due: this process or its machine is short of something. None is
 * a failure of the receiver.
 */
export type UnsentCause =
  | 'no_connection'
  | 'no_descriptors'
  | 'no_local_address'
  | 'proxy_failed'
  | 'shutting_down';

/** What a limit of a chat service covers; see docs/decisions/0016-limits-of-chat-services-are-notified.md. */
export type DestinationLimitScope = 'address' | 'account' | 'route';

/** Metrics of the limits of chat services. */
export interface DestinationLimitMeter {
  /** Counts a limit that this process has found. */
  countLimit(scope: DestinationLimitScope): void;
}

/** Metrics of the sender. */
export interface SendingMeter {
  /** Counts a request that was not sent. */
  countUnsent(cause: UnsentCause): void;
}
