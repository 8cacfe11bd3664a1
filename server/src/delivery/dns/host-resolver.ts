import type { LookupMeter } from '../../domain/ports/telemetry.ts';
import { AnswerCache } from './answer-cache.ts';
import { askNameServers, lookupTimeoutMs, type NameServerOptions } from './ask-name-servers.ts';
import { LocalNames, type LocalNamesOptions } from './local-names.ts';
import { LookupError, lookupLimitCode, timeoutCode, toLookupOutcome } from './lookup-failure.ts';
import { LookupTurns, type NameHistory } from './lookup-turns.ts';
import type { LookupAnswer, LookupOptions, ResolvedAddress, Resolver } from './resolver.ts';

export interface HostResolverOptions extends Partial<NameServerOptions>, LocalNamesOptions {
  readonly meter?: LookupMeter;
  /** Most names whose answers are kept. An answer takes 500 bytes, and 3 KiB at most. @default 10000 */
  readonly maxAnswers?: number;
  /** Most lookups at a time. @default 256 */
  readonly maxLookups?: number;
  /** Most lookups of one account that wait. @default 1000 */
  readonly maxWaiting?: number;
}

/** Protects name servers from records without a time to live, and us from addresses that are long gone. */
const minTtlMs = 1_000;
const maxTtlMs = 60_000;

/** Shorter than the first delay of a retry, so that a retry asks again. */
const failureTtlMs = 5_000;

/** A lookup, and how many callers wait for it. */
interface Lookup {
  readonly key: string;
  readonly name: string;
  readonly hasLocalNames: boolean;
  readonly answered: Promise<LookupAnswer>;
  readonly answer: (answer: LookupAnswer) => void;
  /** Accounts with a turn for it. The first turn starts it. */
  readonly accounts: Set<string>;
  callers: number;
  isStarted: boolean;
}

/**
 * Resolves the names of receivers, without `dns.lookup`: getaddrinfo takes threads of the process, two of them
 * at a time, and has no deadline, so that a few domains without name servers would stop all customers.
 *
 *   cached answer -> lookup of the same name that is running -> turn of the account -> name servers
 *
 * - Every call ends within 2.5 s.
 * - Answers are used for their time to live, but 1 to 60 s; failures for 5 s.
 * - Callers of all accounts share one lookup of a name. A lookup that still waits for a turn is started by the
 *   first account that gets one.
 * - Accounts have their own places (`LookupTurns`) and their own part of the cache (`AnswerCache`).
 *
 * The SSRF guard does not depend on this class: the addresses that a connection uses are checked for each
 * connection, whether they are cached or not.
 */
export class HostResolver {
  readonly #options: HostResolverOptions;
  readonly #servers: NameServerOptions;
  readonly #localNames: LocalNames;
  readonly #cache: AnswerCache;
  readonly #turns: LookupTurns;
  readonly #lookups = new Map<string, Lookup>();

  constructor(options: HostResolverOptions = {}) {
    this.#options = options;
    this.#servers = { ...options, servers: options.servers ?? [] };
    this.#localNames = new LocalNames(options);
    this.#cache = new AnswerCache(options.maxAnswers ?? 10_000);
    this.#turns = new LookupTurns({
      maxLookups: options.maxLookups ?? 256,
      maxWaiting: options.maxWaiting ?? 1_000,
    });
  }

  readonly resolve: Resolver = async (host, options) => {
    const answer = await this.#lookUp(host, options);
    if ('code' in answer) throw new LookupError(answer.code);
    return answer.addresses;
  };

  #lookUp(name: string, options: LookupOptions): Promise<LookupAnswer> | LookupAnswer {
    const { accountId, hasLocalNames, notBefore = Number.NEGATIVE_INFINITY } = options;
    const key = hasLocalNames ? `local ${name}` : name;
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.askedAt >= notBefore && cached.expiresAt > performance.now()) {
      this.#count('cached', 0);
      return cached.answer;
    }
    const lookup = this.#lookups.get(key) ?? this.#prepare(key, name, hasLocalNames);
    const history = cached === undefined ? 'new' : 'addresses' in cached.answer ? 'resolved' : 'failed';
    lookup.callers++;
    if (this.#takeTurn(lookup, accountId, history)) return this.#await(lookup);
    lookup.callers--;
    this.#count('limited', 0);
    return { code: lookupLimitCode };
  }

  /** Returns false if too many lookups of the account wait for their turn. */
  #takeTurn(lookup: Lookup, accountId: string, history: NameHistory): boolean {
    if (lookup.isStarted || lookup.accounts.has(accountId)) return true;
    lookup.accounts.add(accountId);
    const start = () => this.#start(lookup, accountId);
    if (this.#turns.add(accountId, history, start)) return true;
    this.#dropTurn(lookup, accountId);
    return false;
  }

  #dropTurn(lookup: Lookup, accountId: string): void {
    lookup.accounts.delete(accountId);
    if (lookup.accounts.size === 0) this.#lookups.delete(lookup.key);
  }

  #prepare(key: string, name: string, hasLocalNames: boolean): Lookup {
    let answer: Lookup['answer'] = () => undefined;
    const answered = new Promise<LookupAnswer>((resolve) => (answer = resolve));
    const accounts = new Set<string>();
    const lookup = { key, name, hasLocalNames, answered, answer, accounts, callers: 0, isStarted: false };
    this.#lookups.set(key, lookup);
    return lookup;
  }

  /** Waits for a lookup until the caller's deadline. The lookup goes on, for the cache. */
  #await(lookup: Lookup): Promise<LookupAnswer> {
    return new Promise((resolve) => {
      const end = (answer: LookupAnswer) => {
        clearTimeout(deadline);
        resolve(answer);
      };
      const deadline = setTimeout(() => {
        lookup.callers--;
        if (!lookup.isStarted) this.#count('limited', lookupTimeoutMs);
        end({ code: lookup.isStarted ? timeoutCode : lookupLimitCode });
      }, lookupTimeoutMs);
      void lookup.answered.then(end);
    });
  }

  #start(lookup: Lookup, accountId: string): Promise<void> | undefined {
    if (lookup.isStarted) return undefined;
    if (lookup.callers === 0) {
      this.#dropTurn(lookup, accountId);
      return undefined;
    }
    lookup.isStarted = true;
    return this.#run(lookup, accountId);
  }

  async #run(lookup: Lookup, accountId: string): Promise<void> {
    const { key, name } = lookup;
    const askedAt = performance.now();
    const answer = await (lookup.hasLocalNames
      ? this.#askLocally(name)
      : askNameServers(name, this.#servers));
    const now = performance.now();
    const isFound = 'addresses' in answer;
    const ttlMs = isFound ? Math.min(Math.max(answer.ttlMs, minTtlMs), maxTtlMs) : failureTtlMs;
    this.#cache.set(key, accountId, { answer, askedAt, expiresAt: now + ttlMs });
    this.#lookups.delete(key);
    this.#count(isFound ? 'answered' : toLookupOutcome(answer.code), now - askedAt);
    lookup.answer(answer);
  }

  /** Asks the hosts file first, then name servers for each name of the search list until one has addresses. */
  async #askLocally(name: string): Promise<LookupAnswer> {
    const endsAt = performance.now() + lookupTimeoutMs;
    const addresses: readonly ResolvedAddress[] = await this.#localNames.find(name);
    if (addresses.length > 0) return { addresses, ttlMs: 0 };
    let failure = { code: timeoutCode };
    for (const candidate of await this.#localNames.getCandidates(name)) {
      const answer = await askNameServers(candidate, this.#servers);
      if ('addresses' in answer) return answer;
      // The failure of the name itself says more than that of a completed one.
      if (candidate === name) failure = answer;
      if (answer.code === timeoutCode || performance.now() >= endsAt) return answer;
    }
    return failure;
  }

  #count(outcome: Parameters<LookupMeter['countLookup']>[0], durationMs: number): void {
    this.#options.meter?.countLookup(outcome, durationMs);
  }
}
