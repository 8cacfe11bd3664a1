import type { Collection } from 'mongodb';
import type { SearchWordsStore } from '../../../domain/ports/access-stores.ts';
import { toNamedWords } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { withHint } from '../driver/read-list.ts';

/** The documents of accounts, apps and keys, as far as their words depend on it. */
interface NamedDoc {
  _id: string;
  name: string;
  searchWords?: string[];
}

export class MongoSearchWordsStore implements SearchWordsStore {
  readonly #collections: readonly Collection<NamedDoc>[];

  constructor({ accounts, apps, keys }: Pick<Collections, 'accounts' | 'apps' | 'keys'>) {
    // `as`: the type of a collection is invariant. All three have these fields.
    this.#collections = [accounts, apps, keys] as unknown as Collection<NamedDoc>[];
  }

  async fillWords(limit: number): Promise<number> {
    let filled = 0;
    for (const collection of this.#collections) filled += await fill(collection, limit - filled);
    return filled;
  }
}

/** A name never changes, so that no other write can make these words wrong. */
async function fill(collection: Collection<NamedDoc>, limit: number): Promise<number> {
  if (limit <= 0) return 0;
  const docs = await withHint(
    'words',
    async (options) =>
      await collection
        .find({ searchWords: { $exists: false } }, { ...options, projection: { name: 1 } })
        .limit(limit)
        .toArray(),
  );
  if (docs.length === 0) return 0;
  await collection.bulkWrite(
    docs.map(({ _id, name }) => ({
      updateOne: { filter: { _id }, update: { $set: { searchWords: toNamedWords({ id: _id, name }) } } },
    })),
    { ordered: false },
  );
  return docs.length;
}
