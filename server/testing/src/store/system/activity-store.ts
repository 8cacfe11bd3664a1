import type {
  ActivityBatch,
  ActivityEntry,
  ActivityStore,
} from '../../../../src/domain/ports/activity-store.ts';
import { isVisible, type Visibility } from '../../../../src/domain/ports/page-request.ts';
import type { MemoryDatabase } from '../memory-database.ts';

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
}
