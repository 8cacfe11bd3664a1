import type { SessionStore } from '../../../../src/domain/ports/access-stores.ts';
import type { Session } from '../../../../src/domain/session.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { copyMany, insertNew } from '../read-map.ts';

export class MemorySessionStore implements SessionStore {
  readonly #config: Pick<MemoryConfig, 'sessions' | 'changes'>;

  constructor(config: Pick<MemoryConfig, 'sessions' | 'changes'>) {
    this.#config = config;
  }

  async insert(session: Session): Promise<void> {
    insertNew(this.#config.sessions, session.idHash, session);
  }

  async find(idHashes: readonly string[]): Promise<Session[]> {
    return copyMany(this.#config.sessions, idHashes);
  }

  async delete(idHash: string): Promise<void> {
    this.#deleteAll([idHash]);
  }

  async deleteOlder(credential: string, keep: number): Promise<void> {
    const older = [...this.#config.sessions.values()]
      .filter((session) => session.credential === credential)
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(keep);
    this.#deleteAll(older.map(({ idHash }) => idHash));
  }

  /** One change covers all sessions: processes clear their whole cache. */
  #deleteAll(idHashes: readonly string[]): void {
    const { sessions, changes } = this.#config;
    const deleted = idHashes.filter((idHash) => sessions.delete(idHash));
    const [first] = idHashes;
    if (first === undefined || deleted.length === 0) return;
    changes.record({ collection: 'sessions', id: first, appId: undefined });
  }
}
