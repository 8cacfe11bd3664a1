import type { ChangeLog, ChangesRead } from '../../../domain/ports/change-log.ts';
import type { ChangeDoc } from '../documents/system.ts';
import type { Collections } from '../documents/collections.ts';
import { counterId } from './config-changes.ts';

/** Changes of one read. After more of them, dropping all caches costs less than applying each. */
const maxChanges = 1_000;

/** A process that reads more slowly counts as not current. */
const readTimeoutMs = 3_000;

export class MongoChangeLog implements ChangeLog {
  readonly #collections: Pick<Collections, 'changes' | 'processes'>;

  constructor(collections: Pick<Collections, 'changes' | 'processes'>) {
    this.#collections = collections;
  }

  /** Reads what a majority has: a failover could give the number of any other change to another one. */
  async read(after: number | undefined): Promise<ChangesRead> {
    const limit = maxChanges + 1;
    const docs = await this.#collections.changes
      .find(
        after === undefined ? { _id: counterId } : { $or: [{ _id: counterId }, { _id: { $gt: after } }] },
        {
          readConcern: 'majority',
          maxTimeMS: readTimeoutMs,
          batchSize: limit,
        },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    const last = Math.max(0, ...docs.map((doc) => (doc.kind === 'counter' ? doc.last : 0)));
    const found = docs.flatMap((doc) => (doc.kind === 'counter' ? [] : [doc]));
    const newest = found.at(-1)?._id ?? after;
    if (after === undefined || newest === undefined) return { seen: last, changes: undefined };
    // The counter is below `after` if the database was restored from a backup.
    const hasGap = last < after || newest < last || found.some(({ _id }, index) => _id !== after + 1 + index);
    return hasGap ? { seen: last, changes: undefined } : { seen: newest, changes: found.map(toConfigChange) };
  }

  async isUnseen(seen: number, processId: string): Promise<boolean> {
    const behind = await this.#collections.processes.findOne(
      {
        _id: { $ne: processId },
        state: { $in: ['live', 'draining'] },
        changeSeen: { $not: { $gte: seen } },
        $expr: { $gt: ['$until', '$$NOW'] },
      },
      { projection: { _id: 1 } },
    );
    return behind !== null;
  }
}

function toConfigChange({ kind, id, appId, resetsHealth }: Exclude<ChangeDoc, { kind: 'counter' }>) {
  return {
    collection: kind,
    id,
    appId: appId ?? undefined,
    ...(resetsHealth === undefined ? {} : { resetsHealth }),
  };
}
