import type { ClientSession, Collection, Db, Timestamp } from 'mongodb';
import type { OutboxContent, OutboxEvent, OutboxStore, Refusal, SetAsideEvent } from './outbox-store.ts';

/** Options of `mongoOutboxStore`. */
export interface MongoOutboxStoreOptions {
  /**
   * Name of the collection.
   * @default 'tocsin_outbox'
   */
  readonly collection?: string | undefined;
}

interface EventDocument {
  readonly _id: string;
  readonly appId: string;
  readonly type: string;
  readonly text: string;
  readonly state: 'pending' | 'set_aside';
  /** Time of the cluster, which is later for each transaction that starts after another one committed. */
  readonly order: Timestamp;
  /** Order of the events that one process writes within one transaction. */
  readonly sequence: number;
  readonly createdAt: Date;
  readonly code?: string;
  readonly reason?: string;
  readonly setAsideAt?: Date;
}

/** Times of a lease are those of the database, so that processes with wrong clocks agree. */
interface LeaseDocument {
  readonly _id: 'relay';
  readonly holder: string | null;
  readonly fence: number;
  readonly expiresAt: Date;
}

/**
 * Stores the outbox in a MongoDB database: events in `tocsin_outbox`, the lease of the relay in
 * `tocsin_outbox_relay`. Transactions need a replica set or a sharded cluster.
 *
 * @param db the database of the service, from the same `MongoClient` as its sessions
 */
export function mongoOutboxStore(db: Db, options: MongoOutboxStoreOptions = {}): OutboxStore<ClientSession> {
  return new MongoOutboxStore(db, options.collection ?? 'tocsin_outbox');
}

class MongoOutboxStore implements OutboxStore<ClientSession> {
  readonly #events: Collection<EventDocument>;
  readonly #leases: Collection<LeaseDocument>;
  #sequence = 0;

  constructor(db: Db, collection: string) {
    // A settlement that is lost by an election would publish events a second time.
    const concern = { writeConcern: { w: 'majority' }, readConcern: { level: 'majority' } } as const;
    this.#events = db.collection<EventDocument>(collection, concern);
    this.#leases = db.collection<LeaseDocument>(`${collection}_relay`, concern);
  }

  async setUp(): Promise<void> {
    await this.#events.createIndexes([
      { key: { state: 1, appId: 1, order: 1, sequence: 1 }, name: 'by_app' },
      { key: { state: 1, createdAt: 1 }, name: 'by_age' },
    ]);
    const noLease = { holder: null, fence: 0, expiresAt: new Date(0) };
    await this.#leases.updateOne({ _id: 'relay' }, { $setOnInsert: noLease }, { upsert: true });
  }

  async insert({ id, appId, type, text }: OutboxEvent, session: ClientSession): Promise<void> {
    if (!session.inTransaction()) {
      throw new TypeError('session: has no open transaction; call publish within session.withTransaction');
    }
    const fields = { appId, type, text, state: 'pending', sequence: ++this.#sequence };
    // An update, because only its expressions can read the time of the cluster.
    await this.#events.updateOne(
      { _id: id },
      [{ $set: { ...literals(fields), order: '$$CLUSTER_TIME', createdAt: '$$NOW' } }],
      { upsert: true, session },
    );
  }

  async listApps(limit: number, after: string | undefined): Promise<readonly string[]> {
    const state = { state: 'pending', ...(after === undefined ? {} : { appId: { $gt: after } }) };
    const stages = [
      { $match: state },
      // Sorted and grouped by the index, this looks at one entry for each app.
      { $sort: { appId: 1 } },
      { $group: { _id: '$appId', first: { $first: '$appId' } } },
      { $sort: { _id: 1 } },
      { $limit: limit },
    ];
    const apps = await this.#events.aggregate<{ readonly _id: string }>(stages).toArray();
    return apps.map(({ _id }) => _id);
  }

  async loadEvents(appId: string, limit: number): Promise<readonly OutboxEvent[]> {
    const events = await this.#events
      .find({ state: 'pending', appId })
      .sort({ order: 1, sequence: 1 })
      .limit(limit)
      .toArray();
    return events.map(toEvent);
  }

  async takeLease(holder: string, durationMs: number): Promise<number | undefined> {
    const isHeld = { $eq: ['$holder', { $literal: holder }] };
    const lease = await this.#leases.findOneAndUpdate(
      // Renewed by its holder, or taken once it has expired.
      { _id: 'relay', $or: [{ holder }, { $expr: { $lte: ['$expiresAt', '$$NOW'] } }] },
      [
        {
          $set: {
            fence: { $cond: [isHeld, '$fence', { $add: ['$fence', 1] }] },
            holder: { $literal: holder },
            expiresAt: { $add: ['$$NOW', durationMs] },
          },
        },
      ],
      { returnDocument: 'after' },
    );
    return lease?.fence;
  }

  async endLease(fence: number): Promise<void> {
    await this.#leases.updateOne({ _id: 'relay', fence }, [{ $set: { holder: null, expiresAt: '$$NOW' } }]);
  }

  async settle(
    { published, refused }: { readonly published: readonly string[]; readonly refused: readonly Refusal[] },
    fence: number,
  ): Promise<boolean> {
    // Not in a transaction: one that a killed process leaves open keeps its locks for a minute and longer, so that
    // no other process could take the lease. A process that loses the lease after this question removes only what
    // is published.
    const lease = await this.#leases.findOne({ _id: 'relay', fence }, { projection: { _id: 1 } });
    if (lease === null) return false;
    const operations = [
      ...(published.length === 0 ? [] : [{ deleteMany: { filter: { _id: { $in: [...published] } } } }]),
      ...refused.map(({ id, code, reason }) => ({
        updateOne: {
          filter: { _id: id, state: 'pending' as const },
          update: [
            { $set: { ...literals({ state: 'set_aside', code, reason }), setAsideAt: '$$NOW' as const } },
          ],
        },
      })),
    ];
    if (operations.length > 0) await this.#events.bulkWrite(operations, { ordered: false });
    return true;
  }

  async listSetAside(limit: number): Promise<readonly SetAsideEvent[]> {
    const events = await this.#events
      .find({ state: 'set_aside' })
      .sort({ createdAt: 1 })
      .limit(limit)
      .toArray();
    return events.map((event) => ({
      ...toEvent(event),
      code: event.code ?? '',
      reason: event.reason ?? '',
      setAsideAt: event.setAsideAt ?? event.createdAt,
    }));
  }

  async putBack(id: string): Promise<boolean> {
    const { modifiedCount } = await this.#events.updateOne(
      { _id: id, state: 'set_aside' },
      { $set: { state: 'pending' }, $unset: { code: '', reason: '', setAsideAt: '' } },
    );
    return modifiedCount === 1;
  }

  async discard(id: string): Promise<boolean> {
    return (await this.#events.deleteOne({ _id: id, state: 'set_aside' })).deletedCount === 1;
  }

  async countContent(): Promise<OutboxContent> {
    const [pending, setAside, oldest] = await Promise.all([
      this.#events.countDocuments({ state: 'pending' }),
      this.#events.countDocuments({ state: 'set_aside' }),
      this.#events.find({ state: 'pending' }).sort({ createdAt: 1 }).limit(1).next(),
    ]);
    return { pending, setAside, oldestPendingAt: oldest?.createdAt };
  }

  async watch(onEvent: (appId: string) => void, signal: AbortSignal, onOpen: () => void): Promise<void> {
    const stages = [
      {
        $match: { operationType: { $in: ['insert', 'update', 'replace'] }, 'fullDocument.state': 'pending' },
      },
      { $project: { 'fullDocument.appId': 1 } },
    ];
    const stream = this.#events.watch<EventDocument>(stages, { fullDocument: 'updateLookup' });
    // The first token comes with the answer of the server that opens the stream.
    stream.once('resumeTokenChanged', onOpen);
    const close = () => void stream.close().catch(() => undefined);
    signal.addEventListener('abort', close, { once: true });
    try {
      for await (const change of stream) {
        if ('fullDocument' in change && change.fullDocument !== undefined) onEvent(change.fullDocument.appId);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }
}

function toEvent({ _id, appId, type, text }: EventDocument): OutboxEvent {
  return { id: _id, appId, type, text };
}

/** Texts that start with `$` would otherwise be read as the names of fields. */
function literals(fields: Readonly<Record<string, unknown>>): Record<string, { $literal: unknown }> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));
}
