import type { IncidentCounts, Page } from '@tocsin/shared';
import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import type { Incident, IncidentClosure, IncidentFailures } from '../../../domain/incident.ts';
import type { IncidentChange, IncidentQuery, IncidentStore } from '../../../domain/ports/incident-store.ts';
import type { PageRequest, Visibility } from '../../../domain/ports/page-request.ts';
import type { Collections } from '../documents/collections.ts';
import { toIncident, unendedFrom, type IncidentDoc } from '../documents/incident.ts';
import { pageFrom } from '../driver/page.ts';
import { boundedScan, withHint } from '../driver/read-list.ts';
import { toVisibilityQuery } from '../driver/visibility.ts';
import { toClosureUpdate, toFailureUpdate } from './incident-updates.ts';

export class MongoIncidentStore implements IncidentStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async addFailures(failures: readonly IncidentFailures[]): Promise<void> {
    await this.#write(
      failures.map((some) => ({
        updateOne: { filter: { _id: some.id }, update: toFailureUpdate(some), upsert: true },
      })),
    );
  }

  async close(closures: readonly IncidentClosure[]): Promise<void> {
    await this.#write(
      closures.map((closure) => {
        const { webhookId, at, by } = closure;
        const openUntil = by === 'success' ? { $gte: unendedFrom } : { $gt: new Date(at) };
        const filter = { webhookId, openUntil, lastSeenAt: { $lt: new Date(at) } };
        return { updateMany: { filter, update: toClosureUpdate(closure), hint: 'by_webhook' } };
      }),
    );
  }

  async #write(operations: AnyBulkWriteOperation<IncidentDoc>[]): Promise<void> {
    if (operations.length === 0) return;
    await this.#collections.incidents.bulkWrite(operations, { ordered: false });
  }

  async remove(webhookIds: readonly string[]): Promise<void> {
    if (webhookIds.length === 0) return;
    await this.#collections.incidents.deleteMany({ webhookId: { $in: [...webhookIds] } });
  }

  async get(id: string): Promise<Incident | undefined> {
    const doc = await this.#collections.incidents.findOne({ _id: id });
    return doc === null ? undefined : toIncident(doc);
  }

  async list(query: IncidentQuery, now: number, page: PageRequest): Promise<Page<Incident>> {
    const { webhookId, state, ...visibility } = query;
    const cursor = page.cursor === undefined ? undefined : parseCursor(page.cursor);
    const conditions: Filter<IncidentDoc>[] = [
      toVisibilityQuery(visibility),
      ...(webhookId === undefined ? [] : [{ webhookId }]),
      { openUntil: toRange(state, new Date(now)) },
      ...(cursor === undefined ? [] : [toAfter(cursor)]),
    ];
    const hint = webhookId === undefined ? toIndex(visibility) : 'by_webhook';
    const docs = await withHint(hint, (options) =>
      this.#collections.incidents
        .find({ $and: conditions }, { ...options, comment: boundedScan })
        .sort({ openUntil: -1, _id: -1 })
        .limit(page.limit + 1)
        .toArray(),
    );
    return pageFrom(docs, page.limit, toIncident, (doc) => `${doc.openUntil.getTime()}_${doc._id}`);
  }

  /** Seeks from one account to the next. */
  async listAccountsWithUnended(after: string | undefined, limit: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < limit) {
      const last = found.at(-1) ?? after;
      const doc = await this.#collections.incidents.findOne(
        { accountId: last === undefined ? { $gte: '' } : { $gt: last }, openUntil: { $gte: unendedFrom } },
        { hint: 'by_account', projection: { accountId: 1 }, sort: { accountId: 1, openUntil: -1 } },
      );
      if (doc === null) break;
      found.push(doc.accountId);
    }
    return found;
  }

  async countOpen(visibility: Visibility, now: number, limit: number): Promise<IncidentCounts> {
    const at = new Date(now);
    const [sum] = await withHint(toIndex(visibility), (options) =>
      this.#collections.incidents
        .aggregate<{ open: number; snoozed: number }>(
          [
            { $match: { ...toOwner(visibility), openUntil: { $gt: at } } },
            { $limit: limit },
            {
              $group: {
                _id: null,
                open: { $sum: 1 },
                snoozed: { $sum: { $cond: [{ $gt: ['$snoozedUntil', at] }, 1, 0] } },
              },
            },
          ],
          { ...options, comment: boundedScan },
        )
        .toArray(),
    );
    const { open = 0, snoozed = 0 } = sum ?? {};
    return { open, snoozed, isCapped: open >= limit };
  }

  async findSnoozed(
    webhookIds: readonly string[],
    now: number,
    by: 'anyone' | 'operator',
  ): Promise<ReadonlySet<string>> {
    if (webhookIds.length === 0) return new Set();
    const at = new Date(now);
    const snoozedUntil = { $ifNull: ['$snoozedUntil', new Date(0)] };
    const until =
      by === 'anyone'
        ? snoozedUntil
        : { $cond: [{ $eq: ['$snoozedByOperator', true] }, snoozedUntil, new Date(0)] };
    const found = await this.#collections.incidents
      .aggregate<{ _id: string }>(
        [
          { $match: { webhookId: { $in: [...webhookIds] }, openUntil: { $gt: at } } },
          { $group: { _id: '$webhookId', until: { $min: until } } },
          { $match: { until: { $gt: at } } },
          { $project: { _id: 1 } },
        ],
        { hint: 'by_webhook' },
      )
      .toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  async update(
    id: string,
    { snoozedUntil, snoozedByOperator, note }: IncidentChange,
  ): Promise<Incident | undefined> {
    const doc = await this.#collections.incidents.findOneAndUpdate(
      { _id: id },
      {
        $set: {
          ...(snoozedUntil === undefined
            ? {}
            : { snoozedUntil: snoozedUntil === null ? null : new Date(snoozedUntil) }),
          ...(snoozedByOperator === undefined ? {} : { snoozedByOperator }),
          ...(note === undefined ? {} : { note }),
        },
      },
      { returnDocument: 'after' },
    );
    return doc === null ? undefined : toIncident(doc);
  }
}

function toOwner(visibility: Visibility): Filter<IncidentDoc> {
  return toVisibilityQuery(visibility);
}

function toRange(state: IncidentQuery['state'], now: Date) {
  if (state === 'unended') return { $gte: unendedFrom };
  return state === 'open' ? { $gt: now } : { $lte: now };
}

function toIndex({ accountId, appId }: Visibility): string {
  if (appId !== undefined) return 'by_app';
  return accountId === undefined ? 'by_end' : 'by_account';
}

interface Position {
  readonly openUntil: Date;
  readonly id: string;
}

/** Undefined: no list returned the cursor. */
function parseCursor(cursor: string): Position | undefined {
  const [, ms, id] = /^(\d{1,15})_(inc_.+)$/.exec(cursor) ?? [];
  return ms === undefined || id === undefined ? undefined : { openUntil: new Date(Number(ms)), id };
}

/** The range first, because an index does not bound `$or`. */
function toAfter({ openUntil, id }: Position): Filter<IncidentDoc> {
  return {
    $and: [
      { openUntil: { $lte: openUntil } },
      { $or: [{ openUntil: { $lt: openUntil } }, { _id: { $lt: id } }] },
    ],
  };
}
