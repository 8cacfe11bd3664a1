import type { Collection, Filter, UpdateFilter } from 'mongodb';
import type { Clock } from '../../../../domain/ports/runtime.ts';
import type { Migration, SchemaState, SchemaStore } from '../../../../domain/ports/schema-store.ts';
import type { Collections } from '../../documents/collections.ts';
import type { SchemaDoc } from '../../documents/system.ts';
import { isDuplicateKey } from '../../driver/duplicate-key.ts';

const id = 'schema';

/**
 * Version and lease are one document, and each write repeats the holder and checks that its lease has not
 * ended. The version therefore changes only under the lease.
 */
export class MongoSchemaStore implements SchemaStore {
  readonly #schema: Collection<SchemaDoc>;
  readonly #clock: Clock;

  constructor({ schema }: Pick<Collections, 'schema'>, clock: Clock) {
    this.#schema = schema;
    this.#clock = clock;
  }

  async read(): Promise<SchemaState> {
    const doc = await this.#schema.findOne({ _id: id }, { readConcern: { level: 'majority' } });
    return { version: doc?.version ?? 0, requires: doc?.requires ?? 0, holder: doc?.holder };
  }

  async acquire(holder: string, leaseMs: number): Promise<boolean> {
    const now = this.#clock.now();
    const free: Filter<SchemaDoc> = {
      _id: id,
      $or: [{ until: { $exists: false } }, { until: { $lte: new Date(now) } }],
    };
    try {
      const result = await this.#schema.updateOne(
        free,
        {
          $set: { holder, until: new Date(now + leaseMs) },
          $setOnInsert: { version: 0, requires: 0, applied: [] },
        },
        { upsert: true },
      );
      return result.matchedCount + result.upsertedCount === 1;
    } catch (error) {
      // The document exists and its lease has not ended, so the upsert tried to insert a second document.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async renew(holder: string, leaseMs: number): Promise<boolean> {
    return await this.#write(holder, { $set: { until: new Date(this.#clock.now() + leaseMs) } });
  }

  async requireVersion(holder: string, version: number): Promise<boolean> {
    return await this.#write(holder, { $max: { requires: version } });
  }

  async advance(holder: string, { version, name }: Pick<Migration, 'version' | 'name'>): Promise<boolean> {
    const at = new Date(this.#clock.now());
    return await this.#write(holder, { $set: { version }, $push: { applied: { version, name, at } } });
  }

  async release(holder: string): Promise<void> {
    await this.#write(holder, { $unset: { holder: 1, until: 1 } });
  }

  async #write(holder: string, update: UpdateFilter<SchemaDoc>): Promise<boolean> {
    const filter: Filter<SchemaDoc> = { _id: id, holder, until: { $gt: new Date(this.#clock.now()) } };
    return (await this.#schema.updateOne(filter, update)).matchedCount === 1;
  }
}
