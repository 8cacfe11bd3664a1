import type {
  EventTypePage,
  EventTypeStore,
  EventTypeWrite,
} from '../../../../src/domain/ports/event-type-store.ts';
import type { RegisteredEventType } from '../../../../src/domain/registered-event-type.ts';
import { countValues } from '../accounts/account-room.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { compareText, copyMany, copyOne } from '../read-map.ts';

type WriteResult = 'written' | 'conflict' | 'limit_reached';

export class MemoryEventTypeStore implements EventTypeStore {
  readonly #config: Pick<MemoryConfig, 'eventTypes' | 'changes'>;

  constructor(config: Pick<MemoryConfig, 'eventTypes' | 'changes'>) {
    this.#config = config;
  }

  async find(accountId: string, name: string): Promise<RegisteredEventType[]> {
    const ids = [toEventTypeId(accountId, name), toEventTypeId(null, name)];
    return ids.flatMap((id) => copyOne(this.#config.eventTypes, id) ?? []);
  }

  async getMany(accountId: string | null, names: readonly string[]): Promise<RegisteredEventType[]> {
    return copyMany(
      this.#config.eventTypes,
      names.map((name) => toEventTypeId(accountId, name)),
    );
  }

  async list(accountId: string | null, page: EventTypePage): Promise<RegisteredEventType[]> {
    return structuredClone(this.#read(accountId, page));
  }

  async listNames(accountId: string | null, page: EventTypePage): Promise<string[]> {
    return this.#read(accountId, page).map(({ name }) => name);
  }

  async write(
    accountId: string | null,
    types: readonly EventTypeWrite[],
    limit: number,
  ): Promise<WriteResult> {
    const { eventTypes } = this.#config;
    const created = types.filter(({ before }) => before === undefined).length;
    const count = countValues(eventTypes, (type) => type.accountId === accountId);
    if (created > 0 && count + created > limit) return 'limit_reached';
    const written = new Map<string, RegisteredEventType>();
    for (const { type, before } of types) {
      const id = toEventTypeId(type.accountId, type.name);
      const current = (written.get(id) ?? eventTypes.get(id))?.revision;
      if (current !== before) return 'conflict';
      written.set(id, { ...structuredClone(type), revision: (before ?? 0) + 1 });
    }
    for (const [id, type] of written) eventTypes.set(id, type);
    this.#record(accountId);
    return 'written';
  }

  async delete(accountId: string | null, name: string): Promise<boolean> {
    const isDeleted = this.#config.eventTypes.delete(toEventTypeId(accountId, name));
    if (isDeleted) this.#record(accountId);
    return isDeleted;
  }

  #read(
    accountId: string | null,
    { prefix, search = '', after = '', limit }: EventTypePage,
  ): RegisteredEventType[] {
    return [...this.#config.eventTypes.values()]
      .filter((type) => type.accountId === accountId && type.name > after)
      .filter(({ name }) => name.startsWith(prefix) && name.includes(search))
      .sort((a, b) => compareText(a.name, b.name))
      .slice(0, limit);
  }

  /** One change for all types of a call. Processes drop all cached types of the account. */
  #record(accountId: string | null): void {
    this.#config.changes.record({ collection: 'eventTypes', id: accountId ?? '*', appId: undefined });
  }
}

/** An account id has no colon, and `*` is none. */
function toEventTypeId(accountId: string | null, name: string): string {
  return `${accountId ?? '*'}:${name}`;
}
