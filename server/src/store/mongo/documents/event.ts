import type { AcceptedEvent, EventPresentation, Rendering } from '../../../domain/event.ts';

/** How many events of an outbox entry an app has. */
export interface EntryOwner {
  accountId: string;
  appId: string;
  count: number;
}

/**
 * An event. The first event of a batch carries the entry of the batch: `batch`, `owners`, `ownerOf` and `open`.
 * They are removed when the entry is closed, which means that each target of each event has a delivery
 * document. The other events name the carrier in `entry`.
 *
 * A tombstone is a document without content under the id of an event that did not arrive: it makes an insert
 * that comes late fail. Queries that can find one leave it out with `notTombstone`.
 */
export interface EventDoc {
  _id: string;
  appId: string;
  accountId: string;
  type: string;
  timestamp: Date;
  data: string;
  at: Date;
  targets: string[];
  /** The idempotency key. */
  key?: string;
  traceparent?: string;
  /** Id of the event that carries the entry. Missing in the carrier itself, and if there is no entry. */
  entry?: string;
  /** Ids of all events of the batch. Missing if the event is alone. */
  batch?: string[];
  /** Whose events the batch has; see queue/entry-owners.ts. */
  owners?: EntryOwner[];
  /** For each event of the batch, the position of its owner in `owners`. Missing if there is one owner. */
  ownerOf?: number[];
  /** The partitions that the entry still owes deliveries of. */
  open?: number[];
  /** Only of your own event types: the fields that chat messages show. */
  shown?: EventPresentation;
  /** `data` for webhooks that are pinned to an older version of the type. */
  renderings?: Rendering[];
  /** Hashes of the values that the search finds it by. */
  values?: string[];
  tombstone?: true;
}

/** Leaves out tombstones. */
export const notTombstone = { tombstone: { $exists: false } } as const;

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
    presentation: doc.shown,
    renderings: doc.renderings,
    searchValues: doc.values,
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
  // The driver only reads it, like the targets.
  if (event.presentation !== undefined) doc.shown = event.presentation;
  if (event.renderings !== undefined) doc.renderings = event.renderings as Rendering[];
  if (event.searchValues !== undefined) doc.values = event.searchValues as string[];
  return doc;
}
