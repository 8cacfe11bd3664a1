import type { ClientSession, Filter } from 'mongodb';
import type {
  EventTypePage,
  EventTypeStore,
  EventTypeWrite,
} from '../../../domain/ports/event-type-store.ts';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { RegisteredEventType } from '../../../domain/registered-event-type.ts';
import { ConfigChanges } from '../changes/config-changes.ts';
import type { Collections } from '../documents/collections.ts';
import {
  toEventTypeDoc,
  toEventTypeId,
  toRegisteredEventType,
  type EventTypeDoc,
} from '../documents/event-type.ts';
import { isDuplicateKey } from '../driver/duplicate-key.ts';

export class MongoEventTypeStore implements EventTypeStore {
  readonly #collections: Collections;
  readonly #changes: ConfigChanges;

  /** @param changes - those of this process, which take turns. @default its own */
  constructor(collections: Collections, changes = new ConfigChanges(collections)) {
    this.#collections = collections;
    this.#changes = changes;
  }

  /** Reads what a majority has: a failover must not undo what a process has cached. */
  async find(accountId: string, name: string): Promise<RegisteredEventType[]> {
    const ids = [toEventTypeId(accountId, name), toEventTypeId(null, name)];
    const docs = await this.#collections.eventTypes
      .find({ _id: { $in: ids } }, { readConcern: 'majority' })
      .toArray();
    return docs.sort((a) => (a.accountId === null ? 1 : -1)).map(toRegisteredEventType);
  }

  async getMany(accountId: string | null, names: readonly string[]): Promise<RegisteredEventType[]> {
    const ids = names.map((name) => toEventTypeId(accountId, name));
    const docs = await this.#collections.eventTypes.find({ _id: { $in: ids } }).toArray();
    return docs.map(toRegisteredEventType);
  }

  async list(accountId: string | null, page: EventTypePage): Promise<RegisteredEventType[]> {
    const docs = await this.#collections.eventTypes
      .find(toRange(accountId, page))
      .sort({ _id: 1 })
      .limit(page.limit)
      .toArray();
    return docs.map(toRegisteredEventType);
  }

  async listNames(accountId: string | null, page: EventTypePage): Promise<string[]> {
    const docs = await this.#collections.eventTypes
      .find(toRange(accountId, page), { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(page.limit)
      .toArray();
    return docs.map(({ _id }) => _id.slice(_id.indexOf(':') + 1));
  }

  async write(
    accountId: string | null,
    types: readonly EventTypeWrite[],
    limit: number,
  ): Promise<'written' | 'conflict' | 'limit_reached'> {
    const change = toChange(accountId);
    const created = types.filter(({ before }) => before === undefined);
    const changed = types.flatMap(({ type, before }) => (before === undefined ? [] : [{ type, before }]));
    try {
      return await this.#changes.run(async (session) => {
        const nothing = (result: 'conflict' | 'limit_reached') => ({ result, change: undefined });
        if (!(await this.#hasRoom(accountId, created.length, limit, session)))
          return nothing('limit_reached');
        const { eventTypes } = this.#collections;
        for (const { type, before } of changed) {
          const doc = toEventTypeDoc(type, before + 1);
          const replaced = await eventTypes.replaceOne({ _id: doc._id, rev: before }, doc, { session });
          if (replaced.matchedCount === 0) {
            await session.abortTransaction();
            return nothing('conflict');
          }
        }
        if (created.length > 0) {
          await eventTypes.insertMany(
            created.map(({ type }) => toEventTypeDoc(type, 1)),
            { session },
          );
        }
        return { result: 'written' as const, change };
      });
    } catch (error) {
      if (isDuplicateKey(error)) return 'conflict';
      throw error;
    }
  }

  async delete(accountId: string | null, name: string): Promise<boolean> {
    return await this.#changes.run(async (session) => {
      const { deletedCount } = await this.#collections.eventTypes.deleteOne(
        { _id: toEventTypeId(accountId, name) },
        { session },
      );
      return { result: deletedCount === 1, change: deletedCount === 1 ? toChange(accountId) : undefined };
    });
  }

  /**
   * Whether an account has room for some more types. Also writes to the account, so that calls that race for the last
   * place conflict there.
   */
  async #hasRoom(
    accountId: string | null,
    more: number,
    limit: number,
    session: ClientSession,
  ): Promise<boolean> {
    if (more === 0) return true;
    const { accounts, eventTypes } = this.#collections;
    if (accountId !== null)
      await accounts.updateOne({ _id: accountId }, { $inc: { inserts: 1 } }, { session });
    const all = toRange(accountId, { prefix: '', after: undefined });
    return (await eventTypes.countDocuments(all, { limit: limit + 1, session })) + more <= limit;
  }
}

/** The ids of an account are a range of the index on ids: a semicolon follows the colon. */
function toRange(
  accountId: string | null,
  { prefix, search = '', after }: Pick<EventTypePage, 'prefix' | 'search' | 'after'>,
): Filter<EventTypeDoc> {
  const first = toEventTypeId(accountId, prefix);
  // `~` is behind all characters of a name.
  const end = prefix === '' ? `${accountId ?? '*'};` : `${first}~`;
  const from = after === undefined ? undefined : toEventTypeId(accountId, after);
  return {
    _id: {
      ...(from !== undefined && from >= first ? { $gt: from } : { $gte: first }),
      $lt: end,
      ...(search !== '' && { $regex: `:.*${search.replaceAll(/[^a-z0-9]/g, String.raw`\$&`)}` }),
    },
  };
}

/** One change for all types of a call. Processes drop all cached types of the account. */
function toChange(accountId: string | null): ConfigChange {
  return { collection: 'eventTypes', id: accountId ?? '*', appId: undefined };
}
