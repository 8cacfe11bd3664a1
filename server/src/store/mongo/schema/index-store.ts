import { MongoServerError, type Collection, type Db, type Document } from 'mongodb';
import type { IndexConflict, IndexGroup, IndexNeed, IndexStore } from '../../../domain/ports/index-store.ts';
import { getCollections, type Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';
import { indexSpecs, type IndexSpec } from './indexes.ts';

interface Group extends IndexGroup {
  readonly specs: readonly IndexSpec[];
}

interface Standing {
  readonly name: string;
  readonly definition: string;
}

const namespaceNotFound = 26;
const indexNotFound = 27;

/**
 * Builds by `createIndexes`, which answers at once for what stands and waits for what another process is building. An
 * index that is not ready is listed like one that is, so no list says whether a query may count on it.
 */
export class MongoIndexStore implements IndexStore {
  readonly groups: readonly Group[];
  readonly #db: Db;

  constructor(db: Db, specs: readonly IndexSpec[] = indexSpecs) {
    this.#db = db;
    this.groups = grouped(specs, getCollections(db));
  }

  async conflicts(): Promise<IndexConflict[]> {
    return await this.#where(this.groups, isInConflict);
  }

  async missing(): Promise<IndexConflict[]> {
    const needed = this.groups.filter(({ neededFor }) => neededFor !== 'reading');
    return await this.#where(needed, (spec, standing) =>
      standing.every(({ name, definition }) => name !== spec.name && definition !== getEventDefinition(spec)),
    );
  }

  async #where(
    groups: readonly Group[],
    holds: (spec: IndexSpec, standing: readonly Standing[]) => boolean,
  ): Promise<IndexConflict[]> {
    const found = await Promise.all(
      groups.map(async ({ collection, neededFor, specs }) => {
        const standing = await this.#standing(collection);
        return specs
          .filter((spec) => holds(spec, standing))
          .map(({ name }) => ({ index: `${collection}.${name}`, neededFor }));
      }),
    );
    return found.flat();
  }

  async build(group: IndexGroup): Promise<void> {
    const { collection, specs } = this.#own(group);
    const standing = await this.#standing(collection);
    const wanted: IndexSpec[] = [];
    for (const spec of specs) {
      if (isInConflict(spec, standing)) continue;
      const renamed = standing.find(
        ({ name, definition }) => name !== spec.name && definition === getEventDefinition(spec),
      );
      // MongoDB takes no second index of one definition. Where a query names it, the name has to be ours.
      if (renamed !== undefined && spec.neededFor !== 'sending') continue;
      if (renamed !== undefined) await this.#drop(collection, renamed.name);
      wanted.push(spec);
    }
    if (wanted.length > 0) await this.#create(collection, wanted);
    for (const old of specs.flatMap((spec) => spec.replaces ?? [])) {
      if (standing.some(({ name }) => name === old)) await this.#drop(collection, old);
    }
  }

  async progress(): Promise<ReadonlyMap<string, number>> {
    const operations = await this.#db.client
      .db('admin')
      .aggregate<{ ns: string; progress?: { done: number; total: number } }>([
        // The build's own operation counts as idle now and then.
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

  #own({ collection, neededFor }: IndexGroup): Group {
    const group = this.groups.find(
      (candidate) => candidate.collection === collection && candidate.neededFor === neededFor,
    );
    if (group === undefined) throw new Error(`no group of indexes ${collection} for ${neededFor}`);
    return group;
  }

  async #standing(collection: string): Promise<Standing[]> {
    try {
      const listed = await this.#named(collection).listIndexes().toArray();
      return listed.map((index: Document) => ({
        name: String(index['name']),
        definition: getEventDefinition({
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
        // Of all members unless told: then a member that is down keeps the others from starting.
        commitQuorum: 'majority',
        writeConcern: { w: 'majority' },
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const names = specs.map(({ name }) => `${collection}.${name}`).join(', ');
      throw new Error(`${names} cannot be built: documents that must differ are equal`, { cause: error });
    }
  }

  async #drop(collection: string, name: string): Promise<void> {
    try {
      await this.#named(collection).dropIndex(name);
    } catch (error) {
      // Another process was faster.
      if (!(error instanceof MongoServerError && error.code === indexNotFound)) throw error;
    }
  }

  #named(collection: string): Collection {
    return this.#db.collection(collection);
  }
}

function grouped(specs: readonly IndexSpec[], collections: Collections): Group[] {
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

function isInConflict(spec: IndexSpec, standing: readonly Standing[]): boolean {
  return standing.some(
    ({ name, definition }) => name === spec.name && definition !== getEventDefinition(spec),
  );
}

/** What makes two indexes the same to MongoDB, and the time to live. The order of a key's fields counts. */
function getEventDefinition({ key, options = {} }: Pick<IndexSpec, 'key' | 'options'>): string {
  const { unique = false, partialFilterExpression = null, expireAfterSeconds = null } = options;
  return JSON.stringify([Object.entries(key), unique, partialFilterExpression, expireAfterSeconds]);
}
