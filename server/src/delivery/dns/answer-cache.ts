import { LevelNode, LevelRing } from '../../batching/level-ring.ts';
import type { LookupAnswer } from './resolver.ts';

export interface CachedAnswer {
  readonly answer: LookupAnswer;
  /** When the lookup started. Times are those of `performance.now()`. */
  readonly askedAt: number;
  readonly expiresAt: number;
}

class Owner {
  /** In the order of their lookups. Names are looked up again when they expire, so the first ones are unused. */
  readonly keys = new Set<string>();
  readonly node = new LevelNode<Owner>(this);
}

/**
 * The answers of lookups, shared by all accounts. An answer belongs to the account whose lookup it was.
 *
 * A full cache drops the oldest answer of the account that owns the most. A limit per account would be too
 * small for one large customer, or too large for many. This way, one account can use the whole cache, and
 * however many names it has, it cannot evict the answers of an account that owns fewer.
 *
 * Answers stay after they expire, until there is no room: the turn of the next lookup depends on whether the
 * name had addresses (`LookupTurns`).
 */
export class AnswerCache {
  readonly #maxAnswers: number;
  readonly #answers = new Map<string, CachedAnswer & { readonly owner: string }>();
  readonly #owners = new Map<string, Owner>();
  /** Owners by how many more answers would fill the cache, so that the largest is the first. */
  readonly #bySize = new LevelRing<Owner>();

  constructor(maxAnswers: number) {
    this.#maxAnswers = maxAnswers;
  }

  get size(): number {
    return this.#answers.size;
  }

  get(key: string): CachedAnswer | undefined {
    return this.#answers.get(key);
  }

  set(key: string, accountId: string, answer: CachedAnswer): void {
    this.#delete(key);
    if (this.#answers.size >= this.#maxAnswers) this.#makeRoom(accountId);
    this.#answers.set(key, { ...answer, owner: accountId });
    let owner = this.#owners.get(accountId);
    if (owner === undefined) {
      owner = new Owner();
      this.#owners.set(accountId, owner);
    }
    owner.keys.add(key);
    this.#reposition(accountId, owner);
  }

  /** Drops the oldest answer of the account itself, unless another one owns more. */
  #makeRoom(accountId: string): void {
    const own = this.#owners.get(accountId);
    const largest = this.#bySize.first;
    const owner = (own?.keys.size ?? 0) < (largest?.keys.size ?? 0) ? largest : own;
    const [oldest] = owner?.keys ?? [];
    if (oldest !== undefined) this.#delete(oldest);
  }

  #delete(key: string): void {
    const known = this.#answers.get(key);
    if (known === undefined) return;
    this.#answers.delete(key);
    const owner = this.#owners.get(known.owner);
    if (owner === undefined) return;
    owner.keys.delete(key);
    this.#reposition(known.owner, owner);
  }

  #reposition(accountId: string, owner: Owner): void {
    if (owner.keys.size > 0) {
      this.#bySize.set(owner.node, this.#maxAnswers - owner.keys.size);
      return;
    }
    this.#bySize.delete(owner.node);
    this.#owners.delete(accountId);
  }
}
