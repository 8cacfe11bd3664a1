import type { ProcessIdentity, ProcessStore } from '../../../domain/ports/ownership.ts';
import type { Collections } from '../documents/collections.ts';
import { toProcessDoc, type ProcessDoc } from '../documents/ownership.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

/** `$$NOW` is the clock of the primary, which all processes read the ends of leases by. */
export class MongoProcessStore implements ProcessStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async register(id: string, identity: ProcessIdentity, leaseMs: number, changeSeen: number): Promise<void> {
    const times = { until: { $add: ['$$NOW', leaseMs] }, startedAt: '$$NOW' };
    // `$literal`, because INSTANCE may begin with a dollar sign.
    const doc = { $mergeObjects: [{ $literal: toProcessDoc(id, identity, changeSeen) }, times] };
    // No document has this filter, so an id that is taken is a duplicate key.
    await this.#collections.processes.updateOne(
      { _id: id, pid: { $exists: false } },
      [{ $replaceWith: doc }],
      { upsert: true },
    );
  }

  async heartbeat(id: string, leaseMs: number, changeSeen: number): Promise<boolean> {
    const { matchedCount } = await this.#collections.processes.updateOne(
      { _id: id, state: { $ne: 'fenced' } },
      [
        {
          $set: {
            until: { $add: ['$$NOW', leaseMs] },
            beats: { $add: ['$beats', 1] },
            changeSeen: { $max: ['$changeSeen', changeSeen] },
          },
        },
      ],
    );
    return matchedCount === 1;
  }

  async startDraining(id: string): Promise<void> {
    await this.#collections.processes.updateOne({ _id: id, state: 'live' }, { $set: { state: 'draining' } });
  }

  async reportChangeSeen(id: string, changeSeen: number): Promise<void> {
    await this.#collections.processes.updateOne({ _id: id }, { $max: { changeSeen } });
  }

  async fence(id: string, beats: number | undefined): Promise<boolean> {
    const { processes } = this.#collections;
    const update = { $set: { state: 'fenced' as const } };
    const unfenced = { _id: id, state: { $ne: 'fenced' as const } };
    if (beats !== undefined) {
      // Missing in processes of releases without leases.
      const isLast = { $expr: { $eq: [{ $ifNull: ['$beats', 0] }, beats] } };
      return (await processes.updateOne({ ...unfenced, ...isLast }, update)).matchedCount === 1;
    }
    const unknown: Omit<ProcessDoc, '_id' | 'state' | 'startedAt'> = {
      form: 2,
      host: 'unknown',
      pidSpace: 'unknown',
      pid: 0,
      role: 'unknown',
    };
    try {
      await processes.updateOne(
        unfenced,
        { ...update, $setOnInsert: { ...unknown, startedAt: new Date(0) } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      // It was fenced already.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    await this.#collections.processes.deleteOne({ _id: id });
  }

  async removeFenced(ids: readonly string[]): Promise<void> {
    await this.#collections.processes.deleteMany({ _id: { $in: [...ids] }, state: 'fenced' });
  }
}
