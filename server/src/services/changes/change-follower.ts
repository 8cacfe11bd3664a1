import { setTimeout as wait } from 'node:timers/promises';
import { TocsinError } from '../../domain/errors.ts';
import type { CacheLease, ChangeLog } from '../../domain/ports/change-log.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { Log, StartStopwatch } from '../../domain/ports/runtime.ts';

export interface ChangeFollowerDeps {
  readonly changeLog: ChangeLog;
  /** Returns the id of this process in the registry, which changes when it registers again. */
  readonly getProcessId: () => string;
  /** Whether the registration is valid. Changes of other processes wait for registered ones only. */
  readonly isRegistered: () => boolean;
  /** Stores that this process has applied all changes up to this number. */
  readonly reportSeen: (seen: number) => Promise<void>;
  readonly startStopwatch: StartStopwatch;
  readonly log: Log;
  readonly times?: ChangeFollowerTimes;
}

/** All in ms. */
export interface ChangeFollowerTimes {
  /** From one read of the change log to the next, while no notification asks for one. */
  readonly readEvery: number;
  /** How long caches count as current after a read, from before it was sent. */
  readonly lease: number;
  /**
   * A change is answered after this time, even if a process has not applied it. Longer than the lease, so that
   * such a process reads the change before it uses its caches again.
   */
  readonly answerWithin: number;
  /** How long a read may take. */
  readonly readTimeout: number;
}

export const defaultTimes: ChangeFollowerTimes = {
  readEvery: 500,
  lease: 1_000,
  answerWithin: 1_500,
  readTimeout: 3_000,
};

/** Pauses between two checks whether all processes have applied a change, ms. They double. */
const firstCheckMs = 5;
const maxCheckMs = 100;

const retryAfterSeconds = 2;

type ChangeListener = (change: ConfigChange | undefined) => void;

/**
 * Follows the change log, so that the caches of this process are current. A successful read is a lease on the
 * caches. Without it, caches read the log before they are used, as they do while the process is not registered.
 *
 *   expired --a read succeeds--> current --`lease` after the read was sent--> expired
 *
 * Notifications make the reads prompt. A lost one delays the answer to a change, and nothing else.
 */
export class ChangeFollower implements CacheLease {
  readonly #deps: ChangeFollowerDeps;
  readonly #times: ChangeFollowerTimes;
  readonly #listeners: ChangeListener[] = [];
  /** The number of the last change that was applied. Undefined before the first read. */
  #seen: number | undefined;
  #savedSeen: number | undefined;
  /** Returns the time since the last successful read was sent. */
  #sinceRead: (() => number) | undefined;
  /** The id under which the process was registered then. Undefined: it was not. */
  #readAs: string | undefined;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ChangeFollowerDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? defaultTimes;
  }

  /** Calls the listener with each change, in order. Undefined: anything may have changed. */
  subscribe(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    await this.#read();
    this.#timer ??= setInterval(() => this.readSoon(), this.#times.readEvery).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the log in the background, for example because a notification arrived. */
  readSoon(): void {
    this.#read().catch((error: unknown) =>
      this.#deps.log.debug({ err: error }, 'change log not read; retrying'),
    );
  }

  refresh(): Promise<void> | undefined {
    return this.#isCurrent() ? undefined : this.#read(() => !this.#isCurrent());
  }

  #isCurrent(): boolean {
    if (this.#sinceRead === undefined || this.#sinceRead() >= this.#times.lease) return false;
    // A read from before the registration may miss a change that was answered without this process.
    return this.#readAs !== undefined && this.#readAs === this.#findRegistration();
  }

  #findRegistration(): string | undefined {
    return this.#deps.isRegistered() ? this.#deps.getProcessId() : undefined;
  }

  /**
   * Resolves after a read that begins after this call, which has all changes that were answered before. If one is
   * running, `isNeeded` decides when it has ended. Concurrent calls share the read.
   */
  async #read(isNeeded = () => true): Promise<void> {
    if (this.#running === undefined) return await this.#start();
    await this.#running.catch(() => undefined);
    if (isNeeded()) await (this.#running ?? this.#start());
  }

  #start(): Promise<void> {
    const reading = this.#readOnce().finally(() => (this.#running = undefined));
    this.#running = reading;
    return reading;
  }

  async #readOnce(): Promise<void> {
    const sinceRead = this.#deps.startStopwatch();
    const readAs = this.#findRegistration();
    const { seen, changes } = await this.#within(this.#deps.changeLog.read(this.#seen));
    this.#apply(changes);
    this.#seen = seen;
    this.#sinceRead = sinceRead;
    this.#readAs = readAs;
    if (this.#savedSeen !== seen) this.#saveSeen(seen);
  }

  #apply(changes: readonly ConfigChange[] | undefined): void {
    for (const change of changes ?? [undefined]) {
      for (const listener of this.#listeners) listener(change);
    }
  }

  /** Tells other processes, which wait for it. Saved again by a later read if it fails. */
  #saveSeen(seen: number): void {
    this.#savedSeen = seen;
    this.#deps.reportSeen(seen).catch((error: unknown) => {
      if (this.#savedSeen === seen) this.#savedSeen = undefined;
      this.#deps.log.debug({ err: error }, 'position in the change log not saved; retrying');
    });
  }

  async #within<T>(call: Promise<T>): Promise<T> {
    const { readTimeout } = this.#times;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const message = `the database did not return the change log within ${readTimeout / 1000} s; try again`;
      const error = () => reject(new TocsinError('UNAVAILABLE', message, { retryAfterSeconds }));
      timer = setTimeout(error, readTimeout);
    });
    try {
      return await Promise.race([call, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits until all live processes have applied the changes that this process has made, or until their caches
   * cannot be older than these. Never rejects: the changes are stored. Without other processes, it takes two
   * short reads.
   */
  async untilSeenByAll(): Promise<void> {
    const over = new AbortController();
    const answerWithin = wait(this.#times.answerWithin, undefined, { signal: over.signal }).catch(
      () => undefined,
    );
    await Promise.race([this.#untilSeen(over.signal), answerWithin]);
    over.abort();
  }

  async #untilSeen(signal: AbortSignal): Promise<void> {
    const { changeLog, getProcessId, log } = this.#deps;
    let isRead = false;
    for (let pauseMs = firstCheckMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, maxCheckMs)) {
      try {
        if (!isRead) await this.#read();
        isRead = true;
        if (this.#seen !== undefined && !(await changeLog.isUnseen(this.#seen, getProcessId()))) return;
      } catch (error) {
        log.debug({ err: error }, 'could not check whether all processes have applied a change; retrying');
      }
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
