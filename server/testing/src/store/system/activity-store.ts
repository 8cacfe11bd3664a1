import type {
  ActivityBatch,
  ActivityEntry,
  ActivityStore,
  SavedBatch,
} from '../../../../src/domain/ports/activity-store.ts';
import { isVisible, type Visibility } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryDatabase } from '../memory-database.ts';

/** As in MongoDB. */
const maxSaved = 1_000;

export class MemoryActivityStore implements ActivityStore {
  readonly #batches: MemoryDatabase['activity'];

  constructor({ activity }: Pick<MemoryDatabase, 'activity'>) {
    this.#batches = activity;
  }

  async save(batches: readonly ActivityBatch[]): Promise<void> {
    for (const batch of batches) this.#batches.set(batch.id, structuredClone(batch));
  }

  async read(visibility: Visibility, since: number): Promise<ActivityEntry[]> {
    const entries: ActivityEntry[] = [];
    for (const { at, apps } of this.#batches.values()) {
      if (at < since) continue;
      for (const app of apps) if (isVisible(visibility, app)) entries.push({ ...structuredClone(app), at });
    }
    return entries;
  }

  async listSaved(since: number): Promise<SavedBatch[]> {
    return [...this.#batches.values()]
      .filter(({ at }) => at >= since)
      .sort((a, b) => b.at - a.at)
      .slice(0, maxSaved)
      .map(({ id, savedAt, apps }) => ({
        id,
        savedAt,
        apps: apps.map(({ appId, accountId }) => ({ appId, accountId })),
      }));
  }
}
