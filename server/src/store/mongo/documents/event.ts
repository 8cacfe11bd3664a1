import type { AnyEventType } from '@tocsin/shared';
import type { AcceptedEvent } from '../../../domain/event.ts';

/** How many events of an outbox entry an app has. */
export interface EntryOwner {
  accountId: string;
  appId: string;
  count: number;
}

/**
 * An event. The first event of a batch also carries the outbox entry of the batch: `batch`, `owners`,
 * `lane`, `gapSince`, `due` and `lease`. The fields of the entry are removed when it is complete, which means that
 * each target of each event has a delivery document.
 *
 * Stored names never change, so some differ from the words of the code: `lane` is the webhook id of a full
 * endpoint queue, `gapSince` is `missingSince`, and the index `open_by_lane` is that of the outbox.
 */
export interface EventDoc {
  _id: string;
  appId: string;
  accountId: string;
  type: AnyEventType;
  timestamp: Date;
  data: string;
  at: Date;
  targets: string[];
  /** The idempotency key. */
  key?: string;
  traceparent?: string;
  /** Ids of all events of the batch. Missing if the event is alone. */
  batch?: string[];
  /** Whose events the batch has; see queue/entry-owners.ts. Older processes do not write it. */
  owners?: EntryOwner[];
  /** The webhook whose in-memory queue was full when the batch was accepted. All events wait for it. */
  lane?: string;
  /** When events of the batch were first missing; see queue/outbox.ts. */
  gapSince?: Date;
  /** When the entry is due; the end of the lease while a process holds it. */
  due?: Date;
  /** Fencing token of the process that holds the entry. */
  lease?: string;
}

export function toEvent(doc: EventDoc): AcceptedEvent {
  return {
    id: doc._id,
    appId: doc.appId,
    accountId: doc.accountId,
    type: doc.type,
    timestamp: doc.timestamp.toISOString(),
    dataText: doc.data,
    idempotencyKey: doc.key,
    acceptedAt: doc.at.getTime(),
    targets: doc.targets,
    traceparent: doc.traceparent,
  };
}

/** Runs for every event. Sets fields one by one, because spreading costs more than encoding the document. */
export function toEventDoc(event: AcceptedEvent): EventDoc {
  const doc: EventDoc = {
    _id: event.id,
    appId: event.appId,
    accountId: event.accountId,
    type: event.type,
    timestamp: new Date(event.timestamp),
    data: event.dataText,
    at: new Date(event.acceptedAt),
    // The driver only reads the array, so the hot path does not copy it.
    targets: event.targets as string[],
  };
  if (event.idempotencyKey !== undefined) doc.key = event.idempotencyKey;
  if (event.traceparent !== undefined) doc.traceparent = event.traceparent;
  return doc;
}
