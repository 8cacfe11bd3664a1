import { randomBytes } from 'node:crypto';
import { toDeliveryId, encodeRandom, encodeTime, eventIdFromStem } from '../server/src/domain/ids.ts';
import { toPartition } from '../server/src/domain/partition.ts';
import { defaultAccountId } from '../server/src/domain/account-limits.ts';
import type { Collections } from '../server/src/store/mongo/documents/collections.ts';
import type { DeliveryDoc } from '../server/src/store/mongo/documents/delivery.ts';
import type { EventDoc } from '../server/src/store/mongo/documents/event.ts';
import { createPayloadFactory, eventType } from './payload.ts';

/* Inserts deliveries directly into the database, as the server stores them. */

/** Documents of one insert, about 1 MB. */
const batchSize = 2_000;
/** Enough to keep two cores busy. */
const concurrentInserts = 4;
const dayMs = 24 * 60 * 60 * 1000;

export interface SeedOptions {
  readonly count: number;
  readonly appId: string;
  readonly webhookId: string;
  /** The account of the app. @default the operator's account */
  readonly accountId?: string;
}

type PairFactory = (n: number) => { event: EventDoc; delivery: DeliveryDoc };

/**
 * Inserts deliveries that succeeded at the first attempt within the last four weeks, which is within the
 * retention. Each `failedEvery`-th one has failed.
 */
export async function seedFinished(
  collections: Collections,
  options: SeedOptions & { readonly failedEvery?: number },
): Promise<void> {
  const now = Date.now();
  const pair = createPairFactory(options);
  const isFailed = (n: number) => options.failedEvery !== undefined && n % options.failedEvery === 0;
  await insertPairs(collections, options.count, (n) => {
    const at = now - Math.floor(((options.count - n) / options.count) * 28 * dayMs) - 1_000;
    const { event, delivery } = pair(n, at);
    return {
      event,
      delivery: {
        ...delivery,
        ...(isFailed(n) ? failed(at) : delivered(at)),
        finishedAt: new Date(at + 3),
      },
    };
  });
}

function delivered(at: number): Pick<DeliveryDoc, 'status' | 'attempts'> {
  return {
    status: 'delivered',
    attempts: [{ at: new Date(at + 2), ms: 1.25, status: 200, reply: 'OK' }],
  };
}

function failed(at: number): Pick<DeliveryDoc, 'status' | 'attempts' | 'reason'> {
  return {
    status: 'failed',
    reason: 'retries_exhausted',
    attempts: [{ at: new Date(at + 2), ms: 1.25, status: 500, reason: 'http_status', reply: 'no' }],
  };
}

/** Inserts deliveries that failed once and are all due at the same time. */
export async function seedDue(
  collections: Collections,
  options: SeedOptions & { readonly dueAt: Date },
): Promise<void> {
  const at = Date.now() - 60_000;
  const pair = createPairFactory(options);
  await insertPairs(collections, options.count, (n) => {
    const { event, delivery } = pair(n, at);
    return {
      event,
      delivery: {
        ...delivery,
        status: 'pending',
        attempts: [{ at: new Date(at + 2), ms: 1.25, status: 503, reason: 'http_status' }],
        reason: 'awaiting_retry',
        partition: toPartition(options.webhookId),
        nextAt: options.dueAt,
      },
    };
  });
}

function createPairFactory({ appId, webhookId, accountId = defaultAccountId }: SeedOptions) {
  const payload = createPayloadFactory(appId);
  return (n: number, at: number): { event: EventDoc; delivery: Omit<DeliveryDoc, 'status' | 'attempts'> } => {
    const id = eventIdFromStem(`${encodeTime(at)}${encodeRandom(randomBytes(14))}`);
    return {
      event: {
        _id: id,
        appId,
        accountId,
        type: eventType,
        timestamp: new Date(at),
        data: JSON.stringify(payload(n)),
        at: new Date(at),
        targets: [webhookId],
      },
      delivery: {
        _id: toDeliveryId(id, 0),
        eventId: id,
        appId,
        accountId,
        webhookId,
        type: eventType,
        attemptCount: 1,
        rev: 1,
        at: new Date(at),
      },
    };
  };
}

async function insertPairs(
  { events, deliveries }: Collections,
  count: number,
  make: PairFactory,
): Promise<void> {
  const options = { ordered: false, writeConcern: { w: 1 } } as const;
  let next = 0;
  const inserter = async () => {
    while (next < count) {
      const from = next;
      next = Math.min(count, from + batchSize);
      const pairs = Array.from({ length: next - from }, (_, index) => make(from + index));
      // Events first, because a due delivery without its event would be quarantined.
      await events.insertMany(
        pairs.map(({ event }) => event),
        options,
      );
      await deliveries.insertMany(
        pairs.map(({ delivery }) => delivery),
        options,
      );
    }
  };
  await Promise.all(Array.from({ length: concurrentInserts }, inserter));
}
