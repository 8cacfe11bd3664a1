import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { World } from './world.ts';

export interface EventDoc {
  readonly id: string;
  /** Undefined: a tombstone. */
  readonly event: AcceptedEvent | undefined;
  readonly open?: readonly number[] | undefined;
  readonly batch?: readonly string[] | undefined;
}

export interface StoredAttempt {
  readonly at: number;
  readonly ms: number;
}

export interface DeliveryDoc {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  readonly rev: number;
  readonly attempts: readonly StoredAttempt[];
  readonly createdAt: number;
  readonly partition?: number | undefined;
  readonly nextAt?: number | undefined;
}

export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly isPrimaryLost: boolean;

  constructor(message: string, isPrimaryLost = false) {
    super(message);
    this.isPrimaryLost = isPrimaryLost;
  }
}

/** The connection of a process. */
export interface Network {
  isConnected(): boolean;
  /** Runs a callback in the process. */
  reply(callback: () => void): void;
}

/** A collection as the primary has it, and as a majority has it. */
export class Documents<TDoc extends { readonly id: string }> {
  readonly current = new Map<string, TDoc>();
  readonly durable = new Map<string, TDoc>();
  readonly onWrite: (before: TDoc | undefined, after: TDoc) => void;
  readonly onUndo: (undone: TDoc) => void;

  constructor(onWrite: Documents<TDoc>['onWrite'], onUndo: Documents<TDoc>['onUndo']) {
    this.onWrite = onWrite;
    this.onUndo = onUndo;
  }

  read(concern: 'local' | 'majority'): ReadonlyMap<string, TDoc> {
    return concern === 'majority' ? this.durable : this.current;
  }
}

interface Change {
  readonly undo: () => void;
  readonly confirm: () => void;
}

interface Waiting {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: () => void;
}

/** How long a caller waits. */
const callTimeoutMs = 10_000;
const maxDelayMs = 4_000;
const maxHeldUpMs = 25_000;
/** The call is not applied, or its reply is lost, or it is applied after its time limit, as a whole or in part. */
const faults = ['before', 'after', 'late', 'held'] as const;
/** Around the time when the ids of missing events are taken. */
const holdMs = { min: 9_500, max: 13_000 };

export interface DatabaseObserver {
  onEventWritten(before: EventDoc | undefined, after: EventDoc): void;
  onDeliveryWritten(before: DeliveryDoc | undefined, after: DeliveryDoc): void;
  onDeliveryUndone(doc: DeliveryDoc): void;
}

/**
 * A replica set: a primary with a log of changes, of which a majority has the first ones. A failover takes back
 * those that no majority has. Calls fail before or after they are applied, are held up, and are reordered.
 */
export class SimulatedDatabase {
  readonly events: Documents<EventDoc>;
  readonly deliveries: Documents<DeliveryDoc>;
  isFaulty = true;
  /** Raised by each change of what a majority has. */
  version = 0;
  readonly #world: World;
  readonly #faultRate: number;
  readonly #log: Change[] = [];
  #confirmed = 0;
  #term = 0;
  #noPrimaryUntil = 0;
  #stalledUntil = 0;
  #waiting: Waiting[] = [];
  #holdsNextInsert = false;

  constructor(world: World, faultRate: number, observer: DatabaseObserver) {
    this.#world = world;
    this.#faultRate = faultRate;
    this.events = new Documents(
      (before, after) => observer.onEventWritten(before, after),
      () => undefined,
    );
    this.deliveries = new Documents(
      (before, after) => observer.onDeliveryWritten(before, after),
      (undone) => observer.onDeliveryUndone(undone),
    );
  }

  /** Writes a document on the primary. To be called by the steps of a call. */
  write<TDoc extends { readonly id: string }>(collection: Documents<TDoc>, after: TDoc): void {
    const { id } = after;
    const before = collection.current.get(id);
    collection.onWrite(before, after);
    collection.current.set(id, after);
    this.#log.push({
      undo: () => {
        if (before === undefined) collection.current.delete(id);
        else collection.current.set(id, before);
        collection.onUndo(after);
      },
      confirm: () => collection.durable.set(id, after),
    });
    this.#replicate(this.#log.length);
  }

  /**
   * Runs the steps of a command on the primary, one after the other. Resolves to their results, after a majority
   * has everything that the primary had, if `concern` asks for that.
   */
  async call<T>(
    network: Network,
    steps: readonly (() => T)[],
    concern: 'primary' | 'majority' = 'primary',
  ): Promise<T[]> {
    const world = this.#world;
    const { random } = world;
    const term = this.#term;
    const isFaulty = this.isFaulty && random.chance(this.#faultRate);
    const isSlow = this.isFaulty && random.chance(this.#faultRate);
    const delay = () => (isSlow ? random.below(maxDelayMs) : random.below(4));
    const isHeld = concern === 'majority' && steps.length > 1 && this.#holdsNextInsert;
    if (isHeld) this.#holdsNextInsert = false;
    const fault = isHeld ? 'held' : !isFaulty ? 'none' : faults[Math.floor(random.below(faults.length))];
    return await new Promise((resolve, reject) => {
      let isAnswered = false;
      const answer = (callback: () => void): void => {
        if (isAnswered) return;
        isAnswered = true;
        world.after(delay(), () => network.reply(callback));
      };
      const fail = (message: string, isPrimaryLost = false): void =>
        answer(() => reject(new DatabaseError(message, isPrimaryLost)));
      if (!network.isConnected()) return fail('no connection');
      if (world.now < this.#noPrimaryUntil) return fail('no primary', true);
      if (fault === 'before') return fail('connection lost');
      if (fault === 'late' || fault === 'held')
        world.after(random.below(callTimeoutMs), () => fail('timeout'));
      const results: T[] = [];
      const finish = (): void => {
        if (fault === 'after') return fail('connection lost');
        if (concern === 'primary') return answer(() => resolve(results));
        this.#waitForMajority({
          position: this.#log.length,
          resolve: () => answer(() => resolve(results)),
          reject: () => fail('primary lost', true),
        });
      };
      const heldAt = fault !== 'held' ? -1 : Math.floor(random.below(steps.length)) || Number(isHeld);
      let at = delay() + (fault === 'late' ? random.below(maxHeldUpMs) : 0);
      for (const [index, step] of steps.entries()) {
        if (index === heldAt) at += isHeld ? random.between(holdMs) : random.below(maxHeldUpMs);
        world.after(at, () => {
          if (this.#term !== term) return fail('primary lost', true);
          try {
            results[index] = step();
          } catch (error) {
            return answer(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
          if (index === steps.length - 1) finish();
        });
      }
    });
  }

  /** The next insert of several documents stops after the first ones, and goes on later. */
  holdNextInsert(): void {
    this.#holdsNextInsert = true;
  }

  /** The other members no longer get changes. */
  stall(ms: number): void {
    this.#stalledUntil = this.#world.now + ms;
  }

  /** Another member becomes primary. Takes back what no majority has, or a part of it. */
  failOver(electionMs: number): void {
    const kept =
      this.#confirmed + Math.floor(this.#world.random.below(this.#log.length - this.#confirmed + 1));
    for (const { undo } of this.#log.splice(kept).reverse()) undo();
    this.#term++;
    this.#noPrimaryUntil = this.#world.now + electionMs;
    this.#stalledUntil = 0;
    const lost = this.#waiting.filter(({ position }) => position > kept);
    this.#waiting = this.#waiting.filter(({ position }) => position <= kept);
    for (const { reject } of lost) reject();
    this.#replicate(kept);
  }

  #replicate(position: number): void {
    const term = this.#term;
    const { now, random } = this.#world;
    const stalledMs = Math.max(0, this.#stalledUntil - now, this.#noPrimaryUntil - now);
    this.#world.after(stalledMs + random.below(5), () => {
      if (this.#term === term) this.#confirm(position);
    });
  }

  #confirm(position: number): void {
    if (position <= this.#confirmed) return;
    for (const { confirm } of this.#log.slice(this.#confirmed, position)) confirm();
    this.#confirmed = position;
    this.version++;
    const reached = this.#waiting.filter((waiting) => waiting.position <= position);
    this.#waiting = this.#waiting.filter((waiting) => waiting.position > position);
    for (const { resolve } of reached) resolve();
  }

  #waitForMajority(waiting: Waiting): void {
    if (waiting.position <= this.#confirmed) waiting.resolve();
    else this.#waiting.push(waiting);
  }
}
