import type { Db } from 'mongodb';

/** Deletes all documents. */
export async function clearDatabase({ db }: { readonly db: Db }): Promise<void> {
  const collections = await db.collections();
  const own = collections.filter(({ collectionName }) => !collectionName.startsWith('system.'));
  await Promise.all(own.map(async (collection) => await collection.deleteMany({})));
}
