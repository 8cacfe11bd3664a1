import type { ProcessRegistry, RunningProcess } from '../../../domain/ports/process-registry.ts';
import type { Collections } from '../documents/collections.ts';

export class MongoProcessRegistry implements ProcessRegistry {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async register(process: RunningProcess): Promise<void> {
    await this.#collections.processes.insertOne({
      _id: process.id,
      host: process.host,
      pidSpace: process.pidNamespace,
      pid: process.pid,
      role: process.role,
      startedAt: new Date(process.startedAt),
    });
  }

  async findInPidNamespace(pidNamespace: string): Promise<RunningProcess[]> {
    const docs = await this.#collections.processes.find({ pidSpace: pidNamespace }).toArray();
    return docs.map((doc) => ({
      id: doc._id,
      host: doc.host,
      pidNamespace: doc.pidSpace,
      pid: doc.pid,
      role: doc.role,
      startedAt: doc.startedAt.getTime(),
    }));
  }

  async remove(id: string): Promise<void> {
    await this.#collections.processes.deleteOne({ _id: id });
  }
}
