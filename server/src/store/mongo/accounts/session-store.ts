import type { SessionStore } from '../../../domain/ports/access-stores.ts';
import type { Session } from '../../../domain/session.ts';
import { toSession, toSessionDoc } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';
import { ConfigChanges } from '../changes/config-changes.ts';

export class MongoSessionStore implements SessionStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  async insert(session: Session): Promise<void> {
    await this.#collections.sessions.insertOne(toSessionDoc(session));
  }

  async find(idHashes: readonly string[]): Promise<Session[]> {
    const docs = await this.#collections.sessions.find({ _id: { $in: [...idHashes] } }).toArray();
    return docs.map(toSession);
  }

  async delete(idHash: string): Promise<void> {
    await this.#delete([idHash]);
  }

  async deleteOlder(credential: string, keep: number): Promise<void> {
    const older = await this.#collections.sessions
      .find({ credential })
      .project<{ _id: string }>({ _id: 1 })
      .sort({ createdAt: -1 })
      .skip(keep)
      .toArray();
    await this.#delete(older.map(({ _id }) => _id));
  }

  /** One change covers all sessions: processes clear their whole cache. */
  async #delete(idHashes: readonly string[]): Promise<void> {
    const [first] = idHashes;
    if (first === undefined) return;
    await this.#changes.run(async (session) => {
      const { deletedCount } = await this.#collections.sessions.deleteMany(
        { _id: { $in: [...idHashes] } },
        { session },
      );
      const change = { collection: 'sessions' as const, id: first, appId: undefined };
      return { result: undefined, change: deletedCount === 0 ? undefined : change };
    });
  }
}
