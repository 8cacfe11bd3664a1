import type { AttemptReason, DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { Attempt, Delivery, HeaderLine } from '../../../domain/delivery.ts';
import type { Replay } from '../../../domain/replay.ts';
import { toEpochMs } from './dates.ts';

export interface AttemptDoc {
  at: Date;
  ms: number;
  status: number | null;
  reason?: AttemptReason;
  reply?: string;
  /** Names and values in turn, because arrays of pairs take twice the bytes. */
  request?: { url: string; headers: string[]; bytes: number };
  /** Like the headers of the request. */
  headers?: string[];
}

/** What lists of deliveries leave out. */
export const withoutContents = { 'attempts.reply': 0, 'attempts.request': 0, 'attempts.headers': 0 } as const;

/** A delivery. Its document is inserted when the first attempt ends. */
export interface DeliveryDoc {
  _id: string;
  eventId: string;
  appId: string;
  accountId: string;
  webhookId: string;
  type: string;
  status: DeliveryStatus;
  attempts: AttemptDoc[];
  attemptCount: number;
  at: Date;
  reason?: DeliveryReason;
  /** Raised by every change. The fence: a result is written only to the revision that it was read with. */
  rev?: number;
  /** Only while pending: the partition of the webhook. */
  partition?: number;
  /** Only while pending: when the next attempt is due. */
  nextAt?: Date;
  finishedAt?: Date;
  /** Who last sent it by hand. */
  byHand?: { at: Date; by: string };
}

export interface ReplayDoc {
  _id: string;
  appId: string;
  accountId: string;
  webhookId: string;
  since: Date;
  until: Date;
  deliveryStatus: Replay['deliveryStatus'];
  types?: string[];
  status: Replay['status'];
  total: number;
  done: number;
  createdAt: Date;
  /** Only while running: when a process can claim the job; the end of the lease while one holds it. */
  due?: Date;
  finishedAt?: Date;
  /** The batches continue after this delivery. */
  lastDeliveryId?: string;
  /** Number of claims: the fencing token of the process that holds the job. */
  epoch?: number;
}

function toAttempt(doc: AttemptDoc): Attempt {
  return {
    at: doc.at.getTime(),
    durationMs: doc.ms,
    statusCode: doc.status,
    reason: doc.reason ?? null,
    reply: doc.reply ?? '',
    request: doc.request && {
      url: doc.request.url,
      headers: toHeaderLines(doc.request.headers),
      bodyBytes: doc.request.bytes,
    },
    responseHeaders: doc.headers && toHeaderLines(doc.headers),
  };
}

function toHeaderLines(texts: readonly string[]): HeaderLine[] {
  return Array.from({ length: texts.length / 2 }, (_, index) => [
    texts[2 * index] ?? '',
    texts[2 * index + 1] ?? '',
  ]);
}

export function toAttemptDoc(attempt: Attempt): AttemptDoc {
  const doc: AttemptDoc = { at: new Date(attempt.at), ms: attempt.durationMs, status: attempt.statusCode };
  if (attempt.reason !== null) doc.reason = attempt.reason;
  if (attempt.reply !== '') doc.reply = attempt.reply;
  if (attempt.request !== undefined) {
    const { url, headers, bodyBytes } = attempt.request;
    doc.request = { url, headers: headers.flat(), bytes: bodyBytes };
  }
  if (attempt.responseHeaders !== undefined) doc.headers = attempt.responseHeaders.flat();
  return doc;
}

export function toDelivery(doc: DeliveryDoc): Delivery {
  return {
    id: doc._id,
    eventId: doc.eventId,
    webhookId: doc.webhookId,
    appId: doc.appId,
    accountId: doc.accountId,
    type: doc.type,
    status: doc.status,
    reason: doc.reason ?? null,
    attempts: doc.attempts.map(toAttempt),
    attemptCount: doc.attemptCount,
    dueAt: toEpochMs(doc.nextAt),
    createdAt: doc.at.getTime(),
    finishedAt: toEpochMs(doc.finishedAt),
    sentByHand: doc.byHand && { at: doc.byHand.at.getTime(), by: doc.byHand.by },
  };
}

export function toReplay(doc: ReplayDoc): Replay {
  const { _id, createdAt, finishedAt, since, until, types, due: _, epoch: __, ...same } = doc;
  return {
    id: _id,
    ...same,
    types,
    since: since.getTime(),
    until: until.getTime(),
    createdAt: createdAt.getTime(),
    finishedAt: toEpochMs(finishedAt),
  };
}

export function toReplayDoc(replay: Replay): ReplayDoc {
  const { id, createdAt, finishedAt, since, until, types, lastDeliveryId, ...same } = replay;
  return {
    _id: id,
    ...same,
    since: new Date(since),
    until: new Date(until),
    ...(types === undefined ? {} : { types: [...types] }),
    ...(lastDeliveryId === undefined ? {} : { lastDeliveryId }),
    createdAt: new Date(createdAt),
    due: new Date(createdAt),
    ...(finishedAt === null ? {} : { finishedAt: new Date(finishedAt) }),
  };
}
