import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { EventTypeStore } from '../../domain/ports/event-type-store.ts';
import type { SchemaValidators } from '../../domain/ports/json-schemas.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import { SharedReads } from '../common/shared-reads.ts';
import { toEventType } from './registered-types.ts';

export interface EventTypeRegistryDeps {
  /** The built-in types and those of catalog files, in their order. */
  readonly common: readonly EventType[];
  readonly store: Pick<EventTypeStore, 'find' | 'listNames'>;
  readonly validators: SchemaValidators;
  readonly cacheLease: CacheLease;
}

/** Cached types of all accounts together, about 5 kB each. Unknown names count as well. */
const maxCached = 10_000;

/** Names that a message about an unknown type chooses from. */
const maxNames = 200;

/** How long a message can lack a new name, ms. */
const namesAgeMs = 5_000;

/**
 * The event types of each account. Caches registered types until one of their account changes. Returns cached types
 * synchronously while the change log says that they are current. A read during which a change arrives is used once and
 * not cached.
 */
export class EventTypeRegistry implements EventTypes {
  readonly #deps: EventTypeRegistryDeps;
  readonly #common: ReadonlyMap<string, EventType>;
  /** By account and name. Null: there is none. */
  readonly #cached = new LRUCache<string, { readonly type: EventType | undefined }>(atMost(maxCached));
  readonly #reads = new SharedReads<EventType | undefined>();
  /** For messages only, so a change that they lack does no harm. */
  readonly #names = new LRUCache<string, Promise<string[]>>({ max: 500, ttl: namesAgeMs });

  constructor(deps: EventTypeRegistryDeps) {
    this.#deps = deps;
    this.#common = new Map(deps.common.map((type) => [type.name, type]));
  }

  find(accountId: string, name: string): EventType | undefined | Promise<EventType | undefined> {
    const common = this.#common.get(name);
    if (common !== undefined) return common;
    const refreshing = this.#deps.cacheLease.refresh();
    return refreshing === undefined
      ? this.#find(accountId, name)
      : refreshing.then(() => this.#find(accountId, name));
  }

  async listNames(accountId: string, near: string): Promise<readonly string[]> {
    const common = [...this.#common.values()].flatMap(({ name, subscribable }) => (subscribable ? name : []));
    // Names with the same first letters, because an account can have thousands.
    const prefix = near.slice(0, 2);
    const key = toKey(accountId, prefix);
    // A call can publish 500 events of a type that does not exist.
    let names = this.#names.get(key);
    if (names === undefined) {
      names = this.#readNames(accountId, prefix);
      names.catch(() => this.#names.delete(key));
      this.#names.set(key, names);
    }
    return [...new Set([...common, ...(await names)])];
  }

  listCommon(): readonly EventType[] {
    return this.#deps.common;
  }

  /** Drops the types of an account after a change; those of all accounts after a change of theirs. */
  onConfigChange(change: ConfigChange | undefined): void {
    if (change !== undefined && change.collection !== 'eventTypes') return;
    this.#reads.forget();
    if (change === undefined || change.id === '*') {
      this.#cached.clear();
      return;
    }
    const prefix = toKey(change.id, '');
    for (const key of this.#cached.keys()) if (key.startsWith(prefix)) this.#cached.delete(key);
  }

  #find(accountId: string, name: string): EventType | undefined | Promise<EventType | undefined> {
    const key = toKey(accountId, name);
    const cached = this.#cached.get(key);
    if (cached !== undefined) return cached.type;
    return this.#reads.load(
      key,
      () => this.#read(accountId, name),
      (type) => this.#cached.set(key, { type }),
    );
  }

  async #readNames(accountId: string, prefix: string): Promise<string[]> {
    const page = { prefix, after: undefined, limit: maxNames };
    const { store } = this.#deps;
    const names = await Promise.all([accountId, null].map((owner) => store.listNames(owner, page)));
    return names.flat();
  }

  async #read(accountId: string, name: string): Promise<EventType | undefined> {
    const { store, validators } = this.#deps;
    const [found] = await store.find(accountId, name);
    return found === undefined ? undefined : toEventType(found, validators);
  }
}

function toKey(accountId: string, name: string): string {
  return `${accountId} ${name}`;
}
