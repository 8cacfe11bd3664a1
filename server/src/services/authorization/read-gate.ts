import type { Actor } from '../../domain/access.ts';
import { TocsinError } from '../../domain/errors.ts';
import { expiredError } from '../common/call-deadline.ts';

export interface ReadGateOptions {
  /** The reads, for the error message: `lists and statistics`. */
  readonly what: string;
  /** Whom the places are divided between, for the error message. */
  readonly owner: 'account' | 'network';
  /** Concurrent reads of one account. */
  readonly perAccount: number;
  /** Concurrent reads of all accounts together. */
  readonly total: number;
  /** Concurrent reads of the operator, which take no place of the accounts. */
  readonly operator: number;
  /** Waiting reads of one account, or of the operator. */
  readonly maxWaiting: number;
  /** Waiting reads of all accounts together. */
  readonly maxWaitingTotal: number;
  /** Longest wait, ms. */
  readonly maxWaitMs: number;
}

/**
 * Limits of one process. The reads use at most 20 of its 32 database connections, so publishing and sending
 * always find one.
 */
export const readGateOptions: ReadGateOptions = {
  what: 'lists and statistics',
  owner: 'account',
  perAccount: 4,
  total: 16,
  operator: 4,
  maxWaiting: 100,
  maxWaitingTotal: 1_000,
  maxWaitMs: 2_000,
};

const retryAfterSeconds = 1;

/** The reads of one account, or of the operator. */
interface ReadQueue {
  running: number;
  /** Starts the waiting reads, oldest first. */
  readonly waiting: Set<() => void>;
}

/**
 * Bounds the expensive reads of a process: lists, statistics, explanations and exports. Each account has a
 * few places. Reads beyond them wait in a queue of their account, and free places go to the accounts in turn
 * (round robin), so that no account delays another one by more than a read.
 */
export class ReadGate {
  readonly #options: ReadGateOptions;
  readonly #operator: ReadQueue = { running: 0, waiting: new Set() };
  /** Accounts with running or waiting reads, the one whose turn is next first. */
  readonly #accounts = new Map<string, ReadQueue>();
  #running = 0;
  #waiting = 0;

  constructor(options: ReadGateOptions) {
    this.#options = options;
  }

  /**
   * Runs a read when there is a place for it.
   *
   * @throws RATE_LIMITED if the account has too many waiting reads, or none of them gets a place in time;
   * UNAVAILABLE if the caller stops waiting before
   */
  async run<T>(actor: Actor, read: () => Promise<T>): Promise<T> {
    const { deadline } = actor;
    return actor.kind === 'root'
      ? await this.#runOperator(read, deadline)
      : await this.runFor(actor.accountId, read, deadline);
  }

  async #runOperator<T>(read: () => Promise<T>, deadline: number | undefined): Promise<T> {
    const queue = this.#operator;
    if (queue.running < this.#options.operator) queue.running++;
    else await this.#wait(queue, deadline);
    try {
      return await read();
    } finally {
      // A place passes to the next read without becoming free.
      if (!startNext(queue)) queue.running--;
    }
  }

  /** Like `run`, for callers without an account. */
  async runFor<T>(accountId: string, read: () => Promise<T>, deadline?: number): Promise<T> {
    const queue = this.#accounts.get(accountId) ?? { running: 0, waiting: new Set() };
    this.#accounts.set(accountId, queue);
    const { perAccount, total, maxWaitingTotal } = this.#options;
    if (queue.running < perAccount && this.#running < total) {
      this.#running++;
      queue.running++;
    } else {
      if (this.#waiting >= maxWaitingTotal) throw this.#overloaded();
      this.#waiting++;
      try {
        await this.#wait(queue, deadline);
      } finally {
        this.#waiting--;
        this.#drop(accountId, queue);
      }
    }
    try {
      return await read();
    } finally {
      this.#running--;
      queue.running--;
      this.#startNextAccount();
      this.#drop(accountId, queue);
    }
  }

  /** Gives a free place to the next account that waits and has one left. It then goes to the end. */
  #startNextAccount(): void {
    for (const [accountId, queue] of this.#accounts) {
      if (queue.running >= this.#options.perAccount || queue.waiting.size === 0) continue;
      this.#running++;
      queue.running++;
      startNext(queue);
      this.#accounts.delete(accountId);
      this.#accounts.set(accountId, queue);
      return;
    }
  }

  async #wait(queue: ReadQueue, deadline = Number.POSITIVE_INFINITY): Promise<void> {
    if (queue.waiting.size >= this.#options.maxWaiting) throw this.#overloaded();
    const { maxWaitMs } = this.#options;
    const leftMs = deadline - performance.now();
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => {
          queue.waiting.delete(start);
          reject(leftMs < maxWaitMs ? expiredError() : this.#overloaded());
        },
        Math.max(0, Math.min(maxWaitMs, leftMs)),
      );
      queue.waiting.add(start);
    });
  }

  #drop(accountId: string, queue: ReadQueue): void {
    if (queue.running === 0 && queue.waiting.size === 0) this.#accounts.delete(accountId);
  }

  #overloaded(): TocsinError {
    const { what, owner, perAccount } = this.#options;
    return new TocsinError(
      'RATE_LIMITED',
      `too many ${what} at once: ${perAccount} run at a time for ${owner === 'account' ? 'an account' : 'a network'}; retry in ${retryAfterSeconds} s`,
      { retryAfterSeconds },
    );
  }
}

/** Starts the oldest waiting read. Returns false if there is none. */
function startNext({ waiting }: ReadQueue): boolean {
  for (const start of waiting) {
    waiting.delete(start);
    start();
    return true;
  }
  return false;
}

type ActorMethod = (actor: Actor, ...args: never[]) => Promise<unknown>;

/** Names of the methods of a service that take the actor first. */
type GatedName<TService> = {
  [K in keyof TService]: TService[K] extends ActorMethod ? K : never;
}[keyof TService];

/** Returns a read that passes through the gate. */
export function gateRead<TArgs extends unknown[], TResult>(
  gate: ReadGate,
  read: (actor: Actor, ...args: TArgs) => Promise<TResult>,
): (actor: Actor, ...args: TArgs) => Promise<TResult> {
  return async (actor, ...args) => await gate.run(actor, () => read(actor, ...args));
}

/** Returns the service with the named methods behind the gate. */
export function gateReads<TService extends object>(
  gate: ReadGate,
  service: TService,
  names: readonly GatedName<TService>[],
): TService {
  const gated = names.map((name) => {
    // `as`: GatedName selects the methods of this form.
    const read = service[name] as (actor: Actor, ...args: unknown[]) => Promise<unknown>;
    return [name, gateRead(gate, read)];
  });
  return { ...service, ...(Object.fromEntries(gated) as Partial<TService>) };
}
