import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/**
 * Returns the id of the installation. The first process stores `newId`; it belongs to the database, so it stays
 * the same over restarts and in all processes.
 */
export async function loadOrCreateInstallationId(
  { installation }: Pick<Collections, 'installation'>,
  newId: string,
): Promise<string> {
  const filter = { _id: 'installation' } as const;
  const found = await installation.findOne(filter, { readConcern: { level: 'majority' } });
  if (found !== null) return found.id;
  try {
    await installation.insertOne({ ...filter, id: newId });
    return newId;
  } catch (error) {
    // Another process has created it.
    if (isDuplicateKey(error)) return await loadOrCreateInstallationId({ installation }, newId);
    throw error;
  }
}
