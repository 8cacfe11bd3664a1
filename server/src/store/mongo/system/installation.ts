import { randomBytes } from 'node:crypto';
import type { Collections } from '../documents/collections.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/**
 * Returns the id of the installation. The first process creates it; it belongs to the database, so it stays the
 * same over restarts and in all processes.
 */
export async function loadOrCreateInstallationId({
  installation,
}: Pick<Collections, 'installation'>): Promise<string> {
  const filter = { _id: 'installation' } as const;
  const found = await installation.findOne(filter, { readConcern: { level: 'majority' } });
  if (found !== null) return found.id;
  const id = `ins_${randomBytes(8).toString('hex')}`;
  try {
    await installation.insertOne({ ...filter, id });
    return id;
  } catch (error) {
    // Another process has created it.
    if (isDuplicateKey(error)) return await loadOrCreateInstallationId({ installation });
    throw error;
  }
}
