import { MongoServerError, type Collection, type Db, type Document } from 'mongodb';
import type { IndexConflict, IndexGroup, IndexNeed, IndexStore } from '../../../domain/ports/index-store.ts';
import { getCollections, type Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import type { IndexSpec } from './index-spec.ts';
import { indexSpecs } from './indexes.ts';

interface Group extends IndexGroup {
  readonly specs: readonly IndexSpec[];
}

/** An index in the database. */
interface ExistingIndex {
  readonly name: string;
  readonly definition: string;
}

const namespaceNotFound = 26;
const indexNotFound = 27;

/**
 * Builds with `createIndexes`, which returns at once for an existing index and joins a build of another
 * process. `listIndexes` cannot replace it, because it also returns indexes that are still being built.
 */
export class MongoIndexStore implements IndexStore {
  readonly groups: readonly Group[];
  readonly #db: Db;

  constructor(db: Db, specs: readonly IndexSpec[] = indexSpecs) {
    this.#db = db;
    this.groups = toGroups(specs, getCollections(db));
  }

  async findConflicts(): Promise<IndexConflict[]> {
    return await this.#findIndexes(this.groups, isInConflict);
  }

  async findMissing(): Promise<IndexConflict[]> {
    const needed = this.groups.filter(({ neededFor }) => neededFor !== 'reading');
    return await this.#findIndexes(needed, (spec, existing) =>
      existing.every(({ name, definition }) => name !== spec.name && definition !== toComparable(spec)),
    );
  }

  async #findIndexes(
    groups: readonly Group[],
    predicate: (spec: IndexSpec, existing: readonly ExistingIndex[]) => boolean,
  ): Promise<IndexConflict[]> {
    const found = await Promise.all(
      groups.map(async ({ collection, neededFor, specs }) => {
        const existing = await this.#listIndexes(collection);
        return specs
          .filter((spec) => predicate(spec, existing))
          .map(({ name }) => ({ index: `${collection}.${name}`, neededFor }));
      }),
    );
    return found.flat();
  }

  async build(group: IndexGroup): Promise<void> {
    const { collection, specs } = this.#findGroup(group);
    const existing = await this.#listIndexes(collection);
    const wanted: IndexSpec[] = [];
    for (const spec of specs) {
      if (isInConflict(spec, existing)) continue;
      const renamed = existing.find(
        ({ name, definition }) => name !== spec.name && definition === toComparable(spec),
      );
      // MongoDB rejects two indexes with the same definition. A query hint needs our name.
      if (renamed !== undefined && spec.neededFor !== 'sending') continue;
      if (renamed !== undefined) await this.#drop(collection, renamed.name);
      wanted.push(spec);
    }
    if (wanted.length > 0) await this.#create(collection, wanted);
    for (const old of specs.flatMap((spec) => spec.replaces ?? [])) {
      if (existing.some(({ name }) => name === old)) await this.#drop(collection, old);
    }
  }

  async getProgress(): Promise<ReadonlyMap<string, number>> {
    const operations = await this.#db.client
      .db('admin')
      .aggregate<{ ns: string; progress?: { done: number; total: number } }>([
        // The operation of a build is idle at times.
        { $currentOp: { allUsers: true, idleConnections: true } },
        { $match: { msg: /^Index Build/, 'command.$db': this.#db.databaseName } },
        { $project: { ns: 1, progress: 1 } },
      ])
      .toArray();
    const percents = new Map<string, number>();
    for (const { ns, progress } of operations) {
      if (progress === undefined || progress.total === 0) continue;
      const collection = ns.slice(this.#db.databaseName.length + 1);
      percents.set(collection, Math.min(100, Math.floor((100 * progress.done) / progress.total)));
    }
    return percents;
  }

  #findGroup({ collection, neededFor }: IndexGroup): Group {
    const group = this.groups.find(
      (candidate) => candidate.collection === collection && candidate.neededFor === neededFor,
    );
    if (group === undefined) throw new Error(`there is no index group of ${collection} for ${neededFor}`);
    return group;
  }

  async #listIndexes(collection: string): Promise<ExistingIndex[]> {
    try {
      const listed = await this.#getCollection(collection).listIndexes().toArray();
      return listed.map((index: Document) => ({
        name: String(index['name']),
        definition: toComparable({
          // MongoDB returns the keys that it was given, and these are 1 or -1.
          key: index['key'] as IndexSpec['key'],
          options: index,
        }),
      }));
    } catch (error) {
      if (error instanceof MongoServerError && error.code === namespaceNotFound) return [];
      throw error;
    }
  }

  async #create(collection: string, specs: readonly IndexSpec[]): Promise<void> {
    try {
      await this.#db.command({
        createIndexes: collection,
        indexes: specs.map(({ key, name, options }) => ({ key, name, ...options })),
        // The default is all voting members, so one that is down would block the build.
        commitQuorum: 'majority',
        writeConcern: { w: 'majority' },
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const names = specs.map(({ name }) => `${collection}.${name}`).join(', ');
      throw new Error(`${names} cannot be built: documents have equal values of a unique key`, {
        cause: error,
      });
    }
  }

  async #drop(collection: string, name: string): Promise<void> {
    try {
      await this.#getCollection(collection).dropIndex(name);
    } catch (error) {
      // Another process dropped it first.
      if (!(error instanceof MongoServerError && error.code === indexNotFound)) throw error;
    }
  }

  #getCollection(collection: string): Collection {
    return this.#db.collection(collection);
  }
}

function toGroups(specs: readonly IndexSpec[], collections: Collections): Group[] {
  const needs: readonly IndexNeed[] = ['accepting', 'sending', 'reading'];
  return [...new Set(specs.map((spec) => spec.collection))].flatMap((name) =>
    needs.flatMap((neededFor) => {
      const own = specs.filter((spec) => spec.collection === name && spec.neededFor === neededFor);
      if (own.length === 0) return [];
      const collection = collections[name].collectionName;
      return [{ collection, neededFor, specs: own, names: own.map((spec) => spec.name) }];
    }),
  );
}

function isInConflict(spec: IndexSpec, existing: readonly ExistingIndex[]): boolean {
  return existing.some(({ name, definition }) => name === spec.name && definition !== toComparable(spec));
}

/**
 * Equal for indexes that MongoDB treats as equal and that have the same TTL. The order of the key's fields
 * counts.
 */
function toComparable({ key, options = {} }: Pick<IndexSpec, 'key' | 'options'>): string {
  const { unique = false, partialFilterExpression = null, expireAfterSeconds = null } = options;
  return JSON.stringify([Object.entries(key), unique, partialFilterExpression, expireAfterSeconds]);
}
