import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import { partitionCount } from '../../domain/partition.ts';
import type { DestinationLimit, DestinationLimitStore } from '../../domain/ports/destination-limits.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { DestinationLimitMeter } from '../../domain/ports/telemetry.ts';
import type { DestinationLimiter, ServiceLimiter, ServiceLimits, WebhookLimits } from '../request/limits.ts';
import { AddressLimit } from './address-limit.ts';
import type { Destination, ExceededLimit } from '../destinations/destination.ts';
import type { InvalidRequests } from './invalid-requests.ts';
import { toAccountKey, toAddressKey, toRouteKey, toServiceName } from './limit-key.ts';

export interface DestinationLimitsDeps {
  readonly store: DestinationLimitStore;
  readonly invalidRequests: Pick<InvalidRequests, 'count' | 'stop'>;
  /** The share of all partitions that this process sends to, 0 to 1. */
  readonly getShare: () => number;
  readonly clock: Clock;
  readonly meter: DestinationLimitMeter;
  readonly log: Log;
}

/** More services, routes and accounts than one server has; the least recently used is dropped. */
const maxEntries = 10_000;

/** Limits that end sooner are over before other processes know them. */
const minSharedMs = 250;

/** Limits are stored together with those of this time. */
const shareAfterMs = 50;

/** Before a failed write or read is repeated. */
const retryAfterMs = 1_000;

/** Limits in one write, and so in one notification. Others follow. */
const maxPerWrite = 200;

/** A process that owns nothing yet recovers as slowly as one of this many. */
const minShare = 1 / partitionCount;

/**
 * The limits of chat services. A limit is found by one process, in a response. It is stored, and the notification of
 * that reaches the other processes within a second, so a request costs no round trip. A process that starts, or lost
 * notifications, reads the limits in force.
 *
 *   address  all requests to the service: its global limit, or a block of our address
 *   account  the requests of an account to the service: it used up its share of invalid requests
 *   route    the requests to one webhook of the service
 */
export class DestinationLimits implements ServiceLimits {
  readonly #deps: DestinationLimitsDeps;
  readonly #addresses = new LRUCache<string, AddressLimit>(atMost(maxEntries));
  readonly #accounts = new LRUCache<string, { pausedUntil: number }>(atMost(maxEntries));
  readonly #routes = new LRUCache<string, DestinationLimiter>(atMost(maxEntries));
  /** The ends of all limits that were shared, by key. */
  readonly #shared = new LRUCache<string, number>(atMost(maxEntries));
  readonly #unsaved = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(deps: DestinationLimitsDeps) {
    this.#deps = deps;
  }

  /** Reads the limits in force. Never rejects. */
  async load(): Promise<void> {
    const { store, clock, log } = this.#deps;
    try {
      this.onLimits(await store.findActive(clock.now(), maxEntries));
    } catch (error) {
      log.debug({ err: error }, 'limits of chat services not loaded; retrying');
      if (!this.#isStopped) setTimeout(() => void this.load(), retryAfterMs).unref();
    }
  }

  /** Called with the limits that any process has found. */
  onLimits(limits: readonly DestinationLimit[]): void {
    for (const { key, until } of limits) {
      this.#shared.set(key, Math.max(until, this.#shared.get(key) ?? until));
      this.#addresses.peek(key)?.pauseUntil(until);
      const account = this.#accounts.peek(key);
      if (account !== undefined) account.pausedUntil = Math.max(account.pausedUntil, until);
      const route = this.#routes.peek(key);
      if (route !== undefined) route.notBefore = Math.max(route.notBefore, until);
    }
  }

  getWebhookLimits(destination: Destination, url: URL, accountId: string): WebhookLimits {
    const service = toServiceName(url);
    const keys = {
      address: toAddressKey(service),
      account: toAccountKey(service, accountId),
      route: toRouteKey(url),
    };
    const address = this.#getAddress(keys.address);
    const account = this.#getAccount(keys.account);
    const limiter = this.#getRoute(keys.route);

    const applyLimit = ({ scope, until }: ExceededLimit, now: number): void => {
      if (scope === 'address') address.pauseUntil(until);
      else limiter.notBefore = Math.max(limiter.notBefore, until);
      if (!this.#share(keys[scope], until, now)) return;
      this.#deps.meter.countLimit(scope);
      if (scope === 'address') {
        this.#deps.log.warn({ service, until }, 'a chat service limits our address; its deliveries wait');
      }
    };

    const countInvalid = (now: number): void => {
      const pauseMs = this.#deps.invalidRequests.count(service, accountId, now);
      if (pauseMs === 0) return;
      const until = now + pauseMs;
      account.pausedUntil = Math.max(account.pausedUntil, until);
      if (!this.#share(keys.account, until, now)) return;
      this.#deps.meter.countLimit('account');
      const message = 'an account draws too many errors from a chat service; its deliveries there wait';
      this.#deps.log.warn({ service, accountId, until }, message);
    };

    return {
      limiter,
      service: this.#createServiceLimiter(address, account),
      apply: (result, now) => {
        limiter.notBefore = Math.max(limiter.notBefore, now + destination.cooldownMs(result));
        if (result.kind !== 'answered') return false;
        const limits = destination.limits(result, now);
        for (const limit of limits) applyLimit(limit, now);
        if (destination.isInvalidRequest(result)) countInvalid(now);
        return limits.some(({ scope }) => scope === 'address');
      },
    };
  }

  #createServiceLimiter(address: AddressLimit, account: { readonly pausedUntil: number }): ServiceLimiter {
    const { getShare } = this.#deps;
    let startAt: number | undefined;
    return {
      get pausedUntil() {
        return Math.max(address.pausedUntil, account.pausedUntil);
      },
      reserveStart(now) {
        // Without a reservation: the account may wait longer than the address recovers.
        if (account.pausedUntil > now) return Math.max(account.pausedUntil, address.pausedUntil);
        if (startAt === undefined || startAt < address.pausedUntil) {
          startAt = address.reserveStart(now, Math.max(minShare, getShare()));
        }
        return startAt;
      },
      start() {
        startAt = undefined;
      },
    };
  }

  #getAddress(key: string): AddressLimit {
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const created = new AddressLimit();
    created.pauseUntil(this.#shared.get(key) ?? Number.NEGATIVE_INFINITY);
    this.#addresses.set(key, created);
    return created;
  }

  #getAccount(key: string): { pausedUntil: number } {
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const created = { pausedUntil: this.#shared.get(key) ?? Number.NEGATIVE_INFINITY };
    this.#accounts.set(key, created);
    return created;
  }

  #getRoute(key: string): DestinationLimiter {
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const created = { isBusy: false, notBefore: this.#shared.get(key) ?? 0 };
    this.#routes.set(key, created);
    return created;
  }

  /** Returns whether other processes are told: the limit is neither short nor known. */
  #share(key: string, until: number, now: number): boolean {
    const known = this.#shared.get(key) ?? Number.NEGATIVE_INFINITY;
    if (until < now + minSharedMs || until < known + minSharedMs) return false;
    this.#shared.set(key, until);
    // Without a database, too many would gather.
    if (this.#unsaved.size < maxEntries) this.#unsaved.set(key, until);
    this.#schedule(shareAfterMs);
    return true;
  }

  #schedule(afterMs: number): void {
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => void this.#save(), afterMs).unref();
  }

  /** Never rejects. */
  async #save(): Promise<void> {
    const { store, clock, log } = this.#deps;
    const batch = [...this.#unsaved].slice(0, maxPerWrite).map(([key, until]) => ({ key, until }));
    for (const { key } of batch) this.#unsaved.delete(key);
    let pauseMs = shareAfterMs;
    try {
      if (batch.length > 0) await store.save(batch);
    } catch (error) {
      log.debug({ err: error }, 'limits of chat services not shared; retrying');
      pauseMs = retryAfterMs;
      const now = clock.now();
      for (const { key, until } of batch) {
        if (until > now && !this.#unsaved.has(key)) this.#unsaved.set(key, until);
      }
    }
    this.#timer = undefined;
    if (this.#unsaved.size > 0) this.#schedule(pauseMs);
  }

  /** Stores what other processes do not know yet. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#save();
    await this.#deps.invalidRequests.stop();
  }
}
