import { LRUCache } from 'lru-cache';
import type { EventType } from '../../domain/event-type.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { EventTypeStore } from '../../domain/ports/event-type-store.ts';
import type { SchemaValidators } from '../../domain/ports/json-schemas.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
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

/**
 * The event types of each account. Caches registered types until one of their account changes. Returns cached types
 * synchronously while the change log says that they are current. A read during which a change arrives is used once and
 * not cached.
 */
export class EventTypeRegistry implements EventTypes {
  readonly #deps: EventTypeRegistryDeps;
  readonly #common: ReadonlyMap<string, EventType>;
  /** By account and name. Null: there is none. */
  readonly #cached = new LRUCache<string, { readonly type: EventType | undefined }>({ max: maxCached });
  readonly #loading = new Map<string, Promise<EventType | undefined>>();

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
    const page = { prefix: near.slice(0, 2), after: undefined, limit: maxNames };
    const { store } = this.#deps;
    const registered = await Promise.all([accountId, null].map((owner) => store.listNames(owner, page)));
    return [...new Set([...common, ...registered.flat()])];
  }

  listCommon(): readonly EventType[] {
    return this.#deps.common;
  }

  /** Drops the types of an account after a change; those of all accounts after a change of theirs. */
  onConfigChange(change: ConfigChange | undefined): void {
    if (change !== undefined && change.collection !== 'eventTypes') return;
    this.#loading.clear();
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
    return cached === undefined ? this.#load(accountId, name, key) : cached.type;
  }

  #load(accountId: string, name: string, key: string): Promise<EventType | undefined> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const loading: Promise<EventType | undefined> = this.#read(accountId, name).then(
      (type) => {
        if (this.#endLoading(key, loading)) this.#cached.set(key, { type });
        return type;
      },
      (error: unknown) => {
        this.#endLoading(key, loading);
        throw error;
      },
    );
    this.#loading.set(key, loading);
    return loading;
  }

  /** Ends a read. Returns whether it may be cached, because no change arrived in the meantime. */
  #endLoading(key: string, loading: Promise<unknown>): boolean {
    return this.#loading.get(key) === loading && this.#loading.delete(key);
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
