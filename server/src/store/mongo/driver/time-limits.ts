import type { Collection, Document } from 'mongodb';
import type { ReadDeadlines } from './read-deadlines.ts';

/** How long mongod works on one command, by kind, in ms. */
export interface TimeLimits {
  readonly read: number;
  readonly write: number;
  /** Of the calls that wait for the reads. Undefined: no call waits. */
  readonly deadlines?: ReadDeadlines | undefined;
}

/**
 * Time limit of a store call in this process, including retries by the driver. Calls normally take less than
 * a second.
 */
export const callTimeoutMs = 10_000;

/**
 * Limits of the stores. A read that takes longer scans too much, so mongod ends it before its caller gives
 * up. A write ends when its caller has stopped waiting for it: a shorter limit would report writes as failed
 * that are stored moments later, and without one, a write could be applied long after its failure was
 * reported.
 */
export const storeLimits: TimeLimits = { read: 5_000, write: callTimeoutMs };

/** Limits of migrations and retention, which no caller waits for. */
export const maintenanceLimits: TimeLimits = { read: 10 * 60_000, write: 10 * 60_000 };

interface Operation {
  readonly kind: 'read' | 'write';
  /** Position of the options among the arguments. */
  readonly options: number;
}

/** The operations that stores may call. */
const limitedOperations: Readonly<Record<string, Operation>> = {
  find: { kind: 'read', options: 1 },
  findOne: { kind: 'read', options: 1 },
  aggregate: { kind: 'read', options: 1 },
  countDocuments: { kind: 'read', options: 1 },
  estimatedDocumentCount: { kind: 'read', options: 0 },
  distinct: { kind: 'read', options: 2 },
  insertOne: { kind: 'write', options: 1 },
  insertMany: { kind: 'write', options: 1 },
  updateOne: { kind: 'write', options: 2 },
  updateMany: { kind: 'write', options: 2 },
  replaceOne: { kind: 'write', options: 2 },
  deleteOne: { kind: 'write', options: 1 },
  deleteMany: { kind: 'write', options: 1 },
  findOneAndUpdate: { kind: 'write', options: 2 },
  findOneAndReplace: { kind: 'write', options: 2 },
  findOneAndDelete: { kind: 'write', options: 1 },
  bulkWrite: { kind: 'write', options: 1 },
};

/**
 * Operations without a limit: index builds take as long as the collection needs, and a change stream waits
 * for events by design.
 */
const unlimitedOperations = new Set([
  'watch',
  'createIndex',
  'createIndexes',
  'dropIndex',
  'listIndexes',
  'indexes',
  'indexExists',
  'isCapped',
  'options',
  'drop',
]);

/**
 * Wraps a collection: each operation carries `maxTimeMS`, which mongod enforces. The driver has no such
 * default for a client, and its `timeoutMS` also counts the time that this process itself is blocked. An
 * operation that is in neither table throws, so none is added without a limit.
 */
export function withTimeLimits<TDoc extends Document>(
  collection: Collection<TDoc>,
  limits: TimeLimits,
): Collection<TDoc> {
  return new Proxy(collection, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      const operation = limitedOperations[name];
      if (operation === undefined && !unlimitedOperations.has(name)) {
        throw new Error(`collection.${name} has no time limit; add it to time-limits.ts`);
      }
      return (...args: unknown[]): unknown => {
        if (operation !== undefined) addLimit(args, operation, limits);
        return Reflect.apply(member, target, args);
      };
    },
  });
}

function addLimit(args: unknown[], { kind, options: position }: Operation, limits: TimeLimits): void {
  const options = args[position];
  const { read, write, deadlines } = limits;
  const maxTimeMS = kind === 'read' ? (deadlines?.toLimit(read) ?? read) : write;
  // Spreading `undefined` is valid. The driver's options are plain objects.
  args[position] = { maxTimeMS, ...(options as object | undefined) };
}
