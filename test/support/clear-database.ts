import { createHash } from 'node:crypto';
import type { Db } from 'mongodb';

/** What `dbHash` says of a collection without documents. */
const emptyHash = createHash('md5').digest('hex');

/**
 * Deletes all documents. Asks which collections have some, because most of them are empty after most tests, and one
 * command costs less than a deletion from each.
 */
export async function clearDatabase({ db }: { readonly db: Db }): Promise<void> {
  const { collections } = await db.command({ dbHash: 1 });
  const filled = Object.entries(collections as Record<string, string>).filter(([name, hash]) => {
    return hash !== emptyHash && !name.startsWith('system.');
  });
  await Promise.all(filled.map(async ([name]) => await db.collection(name).deleteMany({})));
}
