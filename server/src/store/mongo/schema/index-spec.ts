import type { CreateIndexesOptions } from 'mongodb';
import type { IndexNeed } from '../../../domain/ports/index-store.ts';
import type { Collections } from '../documents/collections.ts';

export interface IndexSpec {
  readonly collection: keyof Collections;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly neededFor: IndexNeed;
  readonly options?: Pick<CreateIndexesOptions, 'unique' | 'partialFilterExpression' | 'expireAfterSeconds'>;
  /** Names of older indexes, which are dropped when this one is built. */
  readonly replaces?: readonly string[];
}

/** The option of a partial index: only documents with the field are in it. */
export const exists = (field: string) => ({ partialFilterExpression: { [field]: { $exists: true } } });
