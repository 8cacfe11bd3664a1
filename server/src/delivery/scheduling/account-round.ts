import type { EndpointQueue } from './endpoint-queue.ts';
import { hasFairRoom } from './fair-share.ts';
import { LevelNode, LevelRing } from '../../batching/level-ring.ts';

export interface PlaceLimits {
  /** Requests in flight of this process, over all webhooks. */
  readonly maxInFlightTotal: number;
  /** Places among them that only endpoints with fast answers may use. */
  readonly placesForFast: number;
}

type Speed = 'fast' | 'other';

/** A place that a request takes until `AccountRound.leave`. */
export interface Place {
  readonly endpointQueue: EndpointQueue;
  readonly account: Account;
  readonly speed: Speed;
}

/** An account with requests in flight or with queues in the round. */
class Account {
  readonly id: string;
  inFlight = 0;
  /** Its queues in the round, by their requests in flight. Undefined until one is in the round. */
  queues: Readonly<Record<Speed, LevelRing<EndpointQueue>>> | undefined;
  readonly nodes: Readonly<Record<Speed, LevelNode<Account>>> = {
    fast: new LevelNode<Account>(this),
    other: new LevelNode<Account>(this),
  };

  constructor(id: string) {
    this.id = id;
  }
}

/**
 * Shares the places for requests between accounts, and between the webhooks of an account.
 *
 * Slow endpoints take what others need by occupying places, not by starting often. So the shares count
 * requests in flight (see `getFairRoom`), and the next request goes to the account with the fewest of them,
 * then to its webhook with the fewest. Accounts with equally many take turns, and so do the webhooks of an
 * account.
 *
 * Some places are only for endpoints that answered fast. Endpoints that hang, answer slowly or are new cannot
 * take these, whatever the number of their accounts.
 *
 * Only accounts and webhooks with something to send are in the round. Nothing is kept of the others. The cost
 * of a turn does not depend on how many there are.
 */
export class AccountRound {
  readonly #limits: PlaceLimits;
  readonly #accounts = new Map<string, Account>();
  /** Accounts in the round, by the requests in flight of the account and of its first queue together. */
  readonly #rings: Readonly<Record<Speed, LevelRing<Account>>> = {
    fast: new LevelRing(),
    other: new LevelRing(),
  };
  #inFlight = 0;
  #otherInFlight = 0;
  #lastSpeed: Speed = 'other';

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Whether no queue is in the round, so that one with something to send need not join it. */
  get isEmpty(): boolean {
    return this.#rings.fast.size === 0 && this.#rings.other.size === 0;
  }

  /** Places taken. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Number of accounts with requests in flight or with queues in the round. */
  get accounts(): number {
    return this.#accounts.size;
  }

  /** Adds a queue that has something to send. Changes nothing if it is in the round. */
  add(endpointQueue: EndpointQueue, now: number): void {
    if (!isInRound(endpointQueue)) this.#insert(endpointQueue, now);
  }

  remove(endpointQueue: EndpointQueue): void {
    if (!isInRound(endpointQueue)) return;
    const { roundNode } = endpointQueue;
    roundNode.ring?.delete(roundNode);
    this.#reposition(this.#getOrCreate(endpointQueue.accountId));
  }

  /** Removes and returns the next queue that a place is free for. Undefined if there is none. */
  takeNext(now: number): EndpointQueue | undefined {
    for (let speed = this.#nextSpeed(); speed !== undefined; speed = this.#nextSpeed()) {
      const endpointQueue = this.#rings[speed].first?.queues?.[speed].first;
      if (endpointQueue === undefined) return undefined;
      this.#lastSpeed = speed;
      this.remove(endpointQueue);
      if (toSpeed(endpointQueue, now) === speed) return endpointQueue;
      // It has stopped answering since it was added.
      this.#insert(endpointQueue, now);
    }
    return undefined;
  }

  /** Whether a place is free for a request to a queue. */
  hasPlace(endpointQueue: EndpointQueue, now: number): boolean {
    const account = this.#accounts.get(endpointQueue.accountId)?.inFlight ?? 0;
    return hasFairRoom(
      { account, webhook: endpointQueue.inFlight },
      this.#getFree(toSpeed(endpointQueue, now)),
    );
  }

  /** Takes a place for a request to a queue. */
  enter(endpointQueue: EndpointQueue, now: number): Place {
    const account = this.#getOrCreate(endpointQueue.accountId);
    const place = { endpointQueue, account, speed: toSpeed(endpointQueue, now) };
    this.#count(place, 1, now);
    return place;
  }

  /** Frees the place of a request. */
  leave(place: Place, now: number): void {
    this.#count(place, -1, now);
  }

  #count({ endpointQueue, account, speed }: Place, change: 1 | -1, now: number): void {
    this.#inFlight += change;
    if (speed === 'other') this.#otherInFlight += change;
    account.inFlight += change;
    if (isInRound(endpointQueue)) this.#position(endpointQueue, account, now);
    this.#reposition(account);
  }

  /** Places that requests to endpoints of this speed may still take. */
  #getFree(speed: Speed): number {
    const { maxInFlightTotal, placesForFast } = this.#limits;
    const free = maxInFlightTotal - this.#inFlight;
    return speed === 'fast' ? free : Math.min(free, maxInFlightTotal - placesForFast - this.#otherInFlight);
  }

  /** The speed of the next queue that a place is free for. */
  #nextSpeed(): Speed | undefined {
    const fast = this.#rings.fast.lowestLevel;
    const other = this.#rings.other.lowestLevel;
    const hasFast = fast < this.#getFree('fast');
    const hasOther = other < this.#getFree('other');
    if (!hasFast || !hasOther) return hasFast ? 'fast' : hasOther ? 'other' : undefined;
    if (fast === other) return this.#lastSpeed === 'fast' ? 'other' : 'fast';
    return fast < other ? 'fast' : 'other';
  }

  #insert(endpointQueue: EndpointQueue, now: number): void {
    const account = this.#getOrCreate(endpointQueue.accountId);
    this.#position(endpointQueue, account, now);
    this.#reposition(account);
  }

  /** Puts a queue where its speed and its requests in flight say. */
  #position(endpointQueue: EndpointQueue, account: Account, now: number): void {
    account.queues ??= { fast: new LevelRing<EndpointQueue>(), other: new LevelRing<EndpointQueue>() };
    account.queues[toSpeed(endpointQueue, now)].set(endpointQueue.roundNode, endpointQueue.inFlight);
  }

  #getOrCreate(id: string): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const account = new Account(id);
    this.#accounts.set(id, account);
    return account;
  }

  /** Puts an account where its requests in flight and its queues say. Removes it if it has neither. */
  #reposition(account: Account): void {
    const { queues } = account;
    if (queues !== undefined) {
      this.#repositionIn('fast', account, queues.fast);
      this.#repositionIn('other', account, queues.other);
    }
    if (account.inFlight === 0 && (queues === undefined || queues.fast.size + queues.other.size === 0)) {
      this.#accounts.delete(account.id);
    }
  }

  #repositionIn(speed: Speed, account: Account, queues: LevelRing<EndpointQueue>): void {
    const node = account.nodes[speed];
    if (queues.size === 0) this.#rings[speed].delete(node);
    else this.#rings[speed].set(node, account.inFlight + queues.lowestLevel);
  }
}

function isInRound({ roundNode }: EndpointQueue): boolean {
  return roundNode.ring !== undefined;
}

function toSpeed(endpointQueue: EndpointQueue, now: number): Speed {
  return endpointQueue.isFast(now) ? 'fast' : 'other';
}
