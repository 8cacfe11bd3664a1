import type { SessionStore } from '../../../domain/ports/access-stores.ts';
import type { Session } from '../../../domain/session.ts';
import { toSession, toSessionDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { notifyConfigChange } from '../notifications/notify-config-change.ts';

export class MongoSessionStore implements SessionStore {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async insert(session: Session): Promise<void> {
    await this.#collections.sessions.insertOne(toSessionDoc(session));
  }

  async find(idHashes: readonly string[]): Promise<Session[]> {
    const docs = await this.#collections.sessions.find({ _id: { $in: [...idHashes] } }).toArray();
    return docs.map(toSession);
  }

  async delete(idHash: string): Promise<void> {
    await this.#collections.sessions.deleteOne({ _id: idHash });
    await this.#notifyConfigChange(idHash);
  }

  async deleteOlder(credential: string, keep: number): Promise<void> {
    const older = await this.#collections.sessions
      .find({ credential })
      .project<{ _id: string }>({ _id: 1 })
      .sort({ createdAt: -1 })
      .skip(keep)
      .toArray();
    const [first] = older;
    if (first === undefined) return;
    await this.#collections.sessions.deleteMany({ _id: { $in: older.map(({ _id }) => _id) } });
    await this.#notifyConfigChange(first._id);
  }

  /** One notification covers all sessions: processes clear their whole cache. */
  async #notifyConfigChange(id: string): Promise<void> {
    await notifyConfigChange(this.#collections, { collection: 'sessions', id, appId: undefined });
  }
}
