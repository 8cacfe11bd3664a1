import { promises as dns } from 'node:dns';
import { networkInterfaces } from 'node:os';
import { isCertain, timeoutCode } from './lookup-failure.ts';
import type { LookupAnswer, ResolvedAddress } from './resolver.ts';

/** How long a lookup takes at most. A name whose servers do not answer fails within 3 s, with the rest. */
export const lookupTimeoutMs = 2_500;

/** A query is repeated after this time without an answer: a packet may be lost, or a name server down. */
const repeatAfterMs = 700;
const maxQueries = 3;

/**
 * How long the addresses of one family wait for those of the other (RFC 8305, resolution delay). Some name
 * servers never answer queries for IPv6 addresses.
 */
const otherFamilyWaitMs = 50;

/** An answer without one of the families is used this long at most, because addresses may be missing. */
const maxPartialTtlMs = 5_000;

/** Addresses per family that are used. An answer over TCP may have thousands, and all are kept and checked. */
const maxAddresses = 16;

const families = [4, 6] as const;
type Family = (typeof families)[number];

interface FamilyAnswer {
  /** The longest time for which all records are valid, in s. */
  readonly ttl: number;
  readonly addresses: readonly string[];
}

export interface NameServerOptions {
  /** In the form of `Resolver.setServers`. Empty: the name servers of the system. */
  readonly servers: readonly string[];
  /** @default whether an interface has a global IPv6 address */
  readonly hasGlobalIpv6?: () => boolean;
}

/**
 * Asks name servers for the IPv4 and IPv6 addresses of a name, at the same time and outside the thread pool.
 * Ends within 2.5 s. IPv6 addresses come first if this machine has a global one itself.
 */
export function askNameServers(name: string, options: NameServerOptions): Promise<LookupAnswer> {
  return new Promise((resolve) => new NameQuery(name, options, resolve).start());
}

/**
 * One lookup. c-ares would repeat a query on another socket and drop a late answer to the first one, so that a
 * slow name server never has an answer in time. Here, every query stays open until the lookup ends:
 *
 *   0 ms     both families, first name server
 *   700 ms   what is still open, second name server (or the first one again)
 *   1.4 s    what is still open, third name server
 *   2.5 s    timeout
 *
 * If a name server fails, the next one is asked immediately. Each query has a `Resolver` of its own, which
 * reads the system's configuration again and takes a new source port.
 */
class NameQuery {
  readonly #name: string;
  readonly #options: NameServerOptions;
  readonly #resolve: (answer: LookupAnswer) => void;
  readonly #resolvers: dns.Resolver[] = [];
  readonly #found = new Map<Family, FamilyAnswer>();
  readonly #failed = new Map<Family, string>();
  /** Queries without an answer. */
  readonly #open = { 4: 0, 6: 0 };
  readonly #timers: NodeJS.Timeout[] = [];
  #serverCount = 1;
  #isGracePeriod = false;
  #isFinished = false;

  constructor(name: string, options: NameServerOptions, resolve: (answer: LookupAnswer) => void) {
    this.#name = name;
    this.#options = options;
    this.#resolve = resolve;
  }

  start(): void {
    this.#after(lookupTimeoutMs, () => this.#finish());
    for (let nth = 1; nth < maxQueries; nth++) this.#after(nth * repeatAfterMs, () => this.#query());
    this.#query();
  }

  #after(ms: number, run: () => void): void {
    this.#timers.push(setTimeout(run, ms));
  }

  /** Asks the next name server for the families that are still open. */
  #query(): void {
    if (this.#resolvers.length >= maxQueries) return;
    const open = families.filter((family) => this.#isOpen(family));
    try {
      const resolver = this.#createResolver(this.#resolvers.length);
      this.#resolvers.push(resolver);
      for (const family of open) void this.#ask(resolver, family);
    } catch (error) {
      // It reads files of the system, and there may be no descriptor left.
      for (const family of open) this.#onFailure(family, toCode(error));
    }
  }

  #createResolver(nth: number): dns.Resolver {
    // Our own deadline comes first.
    const resolver = new dns.Resolver({ timeout: 2 * lookupTimeoutMs, tries: 1 });
    const { servers } = this.#options;
    const all = servers.length > 0 ? servers : resolver.getServers();
    this.#serverCount = all.length;
    const first = nth % Math.max(1, all.length);
    // c-ares goes on to the next server only if a server cannot be reached.
    if (servers.length > 0 || first > 0) resolver.setServers([...all.slice(first), ...all.slice(0, first)]);
    return resolver;
  }

  async #ask(resolver: dns.Resolver, family: Family): Promise<void> {
    this.#open[family]++;
    try {
      const records = await (family === 4
        ? resolver.resolve4(this.#name, { ttl: true })
        : resolver.resolve6(this.#name, { ttl: true }));
      this.#open[family]--;
      this.#onAddresses(family, records);
    } catch (error) {
      this.#open[family]--;
      this.#onFailure(family, toCode(error));
    }
  }

  #onAddresses(family: Family, records: readonly { readonly address: string; readonly ttl: number }[]): void {
    if (this.#isFinished || !this.#isOpen(family)) return;
    const kept = records.slice(0, maxAddresses);
    this.#found.set(family, {
      ttl: Math.min(...kept.map(({ ttl }) => ttl)),
      addresses: kept.map(({ address }) => address),
    });
    // IPv6 addresses alone are of no use to a machine without IPv6, so they wait for the others.
    if (!this.#isGracePeriod && (family === 4 || this.#hasGlobalIpv6())) {
      this.#isGracePeriod = true;
      this.#after(otherFamilyWaitMs, () => this.#finish());
    }
    this.#finishIfComplete();
  }

  #onFailure(family: Family, code: string): void {
    if (this.#isFinished || !this.#isOpen(family)) return;
    if (isCertain(code)) this.#failed.set(family, code);
    else if (this.#resolvers.length < Math.min(this.#serverCount, maxQueries)) this.#query();
    else if (this.#open[family] === 0) this.#failed.set(family, code);
    this.#finishIfComplete();
  }

  #isOpen(family: Family): boolean {
    return !this.#found.has(family) && !this.#failed.has(family);
  }

  #finishIfComplete(): void {
    if (!families.some((family) => this.#isOpen(family))) this.#finish();
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const resolver of this.#resolvers) resolver.cancel();
    this.#resolve(this.#toAnswer());
  }

  #toAnswer(): LookupAnswer {
    const found = [...this.#found];
    if (found.length === 0) {
      const codes = families.map((family) => this.#failed.get(family) ?? timeoutCode);
      return { code: codes.find((code) => !isCertain(code)) ?? codes[0] ?? timeoutCode };
    }
    const ttlMs = Math.min(...found.map(([, { ttl }]) => ttl)) * 1_000;
    const isPartial = families.some((family) => this.#isOpen(family));
    return { addresses: this.#toOrdered(), ttlMs: isPartial ? Math.min(ttlMs, maxPartialTtlMs) : ttlMs };
  }

  #toOrdered(): readonly ResolvedAddress[] {
    const isIpv6First = this.#found.has(6) && this.#hasGlobalIpv6();
    return (isIpv6First ? [6, 4] : ([4, 6] as const)).flatMap((family) =>
      (this.#found.get(family as Family)?.addresses ?? []).map((address) => ({ address, family })),
    );
  }

  #hasGlobalIpv6(): boolean {
    return (this.#options.hasGlobalIpv6 ?? hasGlobalIpv6)();
  }
}

/** Whether an interface has an address of 2000::/3, the block that global IPv6 addresses are assigned from. */
export function hasGlobalIpv6(listInterfaces: typeof networkInterfaces = networkInterfaces): boolean {
  try {
    return Object.values(listInterfaces()).some((addresses) =>
      addresses?.some(({ family, address }) => family === 'IPv6' && /^[23][0-9a-f]{3}:/i.test(address)),
    );
  } catch {
    // Sandboxes may forbid to list interfaces.
    return false;
  }
}

function toCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
}
