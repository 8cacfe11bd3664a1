import { LRUCache } from 'lru-cache';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { getAccountLimit, hasScope, type Actor } from '../../domain/access.ts';
import type { EventType } from '../../domain/event-type.ts';
import type { CacheLease } from '../../domain/ports/change-log.ts';
import type { EventTypeStore } from '../../domain/ports/event-type-store.ts';
import type { SchemaValidators } from '../../domain/ports/json-schemas.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import { SharedReads } from '../common/shared-reads.ts';
import { toDocumentedType, type DocumentedType } from './documented-type.ts';
import { toEventType } from './registered-types.ts';

export interface DocumentedTypesDeps {
  /** The built-in types and those of catalog files, in their order. */
  readonly common: readonly EventType[];
  readonly store: Pick<EventTypeStore, 'list'>;
  readonly validators: SchemaValidators;
  readonly cacheLease: CacheLease;
}

/** Registered types of an account that documents describe. An account can have as many of its own. */
const maxTypes = 5_000;

/** Characters of the schemas and examples of an account that documents have room for. */
const maxAccountChars = 4 * 1024 * 1024;

/** Characters of all cached accounts together. Their documents are about five times as long. */
const maxCachedChars = 12 * 1024 * 1024;

const pageSize = 200;

interface Entry {
  readonly types: readonly DocumentedType[];
  readonly chars: number;
}

/**
 * The event types that documents of the API describe. Caches those of an account until one changes. Returns the
 * same list until then, so that documents can be cached by it.
 */
export class DocumentedTypes {
  /** The types of the two contracts, which everyone may see. */
  readonly builtIn: readonly DocumentedType[];
  readonly #deps: DocumentedTypesDeps;
  readonly #common: readonly DocumentedType[];
  readonly #cached = new LRUCache<string, Entry>({
    maxSize: maxCachedChars,
    sizeCalculation: ({ chars }) => chars + 1,
  });
  readonly #reads = new SharedReads<Entry>();

  constructor(deps: DocumentedTypesDeps) {
    this.#deps = deps;
    this.#common = deps.common.map(toDocumentedType);
    this.builtIn = this.#common.filter(({ family }) => family !== null);
  }

  /**
   * Returns the types that an actor can use; those of the default account for the operator. Registered types need the
   * scope `events:read` or `events:publish`, as for `eventTypes.list`.
   */
  async list(actor: Actor): Promise<readonly DocumentedType[]> {
    if (!hasScope(actor, 'events:read') && !hasScope(actor, 'events:publish')) return this.#common;
    await this.#deps.cacheLease.refresh();
    const accountId = getAccountLimit(actor) ?? defaultAccountId;
    const entry =
      this.#cached.get(accountId) ??
      (await this.#reads.load(
        accountId,
        () => this.#read(accountId),
        (read) => this.#cached.set(accountId, read),
      ));
    return entry.types;
  }

  /** Drops the types of an account after a change, or those of all accounts. */
  onConfigChange(change: ConfigChange | undefined): void {
    if (change !== undefined && change.collection !== 'eventTypes') return;
    this.#reads.forget();
    if (change === undefined || change.id === '*') this.#cached.clear();
    else this.#cached.delete(change.id);
  }

  async #read(accountId: string): Promise<Entry> {
    const byName = new Map<string, DocumentedType>();
    // As for publishing, the first of a name counts: an account's own type hides that of all accounts.
    for await (const type of this.#readRegistered([accountId, null])) {
      if (!byName.has(type.type)) byName.set(type.type, type);
    }
    if (byName.size === 0) return { types: this.#common, chars: 0 };
    const common = new Set(this.#common.map(({ type }) => type));
    const registered = [...byName.values()].filter(({ type }) => !common.has(type));
    registered.sort((a, b) => (a.type < b.type ? -1 : 1));
    return toEntry([...this.#common, ...registered.slice(0, maxTypes)]);
  }

  async *#readRegistered(owners: readonly (string | null)[]): AsyncGenerator<DocumentedType> {
    const { store, validators } = this.#deps;
    for (const owner of owners) {
      let after: string | undefined;
      for (let count = 0; count < maxTypes; count += pageSize) {
        const page = await store.list(owner, { prefix: '', after, limit: pageSize });
        yield* page.map((type) => toDocumentedType(toEventType(type, validators)));
        after = page.at(-1)?.name;
        if (page.length < pageSize) break;
      }
    }
  }
}

/** Leaves out the schemas and examples that documents have no room for. */
function toEntry(types: readonly DocumentedType[]): Entry {
  let chars = 0;
  const fitting = types.map((type): DocumentedType => {
    const more = JSON.stringify([type.schema, type.example]).length;
    if (chars + more > maxAccountChars) return { ...type, schema: undefined, example: undefined };
    chars += more;
    return type;
  });
  return { types: fitting, chars };
}
