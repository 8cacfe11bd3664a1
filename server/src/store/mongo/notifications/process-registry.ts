import type { ProcessRegistry, RunningProcess } from '../../../domain/ports/process-registry.ts';
import type { Collections } from '../documents/collections.ts';
import { toProcess, toProcessDoc } from '../documents/system.ts';

export class MongoProcessRegistry implements ProcessRegistry {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async register(process: RunningProcess): Promise<void> {
    await this.#collections.processes.insertOne(toProcessDoc(process));
  }

  async findInPidNamespace(pidNamespace: string): Promise<RunningProcess[]> {
    const docs = await this.#collections.processes.find({ pidSpace: pidNamespace }).toArray();
    return docs.map(toProcess);
  }

  async remove(id: string): Promise<void> {
    await this.#collections.processes.deleteOne({ _id: id });
  }
}
