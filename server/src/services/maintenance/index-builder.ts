import { setTimeout as wait } from 'node:timers/promises';
import type { IndexStatus } from '@tocsin/shared';
import type { Log } from '../../domain/ports/runtime.ts';
import type { IndexGroup, IndexStore } from '../../domain/ports/index-store.ts';

export interface IndexBuilderDeps {
  readonly indexes: IndexStore;
  readonly log: Log;
  /** How long a start waits for optional indexes. @default 2 s */
  readonly waitMs?: number;
}

/**
 * Small collections are indexed within this time, so that a new installation is complete when it reports that
 * it runs.
 */
const defaultWaitMs = 2_000;
const logEveryMs = 10_000;
const retryAfterMs = 5_000;

/**
 * Builds missing indexes. The start waits for indexes that guarantees depend on. The others are built in the
 * background.
 *
 *   starting --unique indexes exist, and the rest exists or the wait is over--> started
 *   started  --the queue's indexes exist--> ready to send
 *   started  --a build fails (failover)--> retried after a pause;   any --stop--> stopped
 */
export class IndexBuilder {
  readonly #deps: IndexBuilderDeps;
  readonly #stop = new AbortController();
  /** Groups of indexes that are not built yet. */
  readonly #pending = new Set<IndexGroup>();
  #conflicting: readonly string[] = [];
  #logTimer: NodeJS.Timeout | undefined;
  #onReadyToSend: (() => void) | undefined;

  constructor(deps: IndexBuilderDeps) {
    this.#deps = deps;
  }

  /**
   * Throws if a conflicting index blocks one that accepting or sending needs, or if a unique index cannot be
   * built.
   */
  async start(): Promise<void> {
    const { indexes, waitMs = defaultWaitMs } = this.#deps;
    await this.#checkConflicts();
    for (const group of indexes.groups) this.#pending.add(group);
    this.#logTimer = setInterval(() => void this.#logProgress(), logEveryMs).unref();
    try {
      const required = indexes.groups.filter(({ neededFor }) => neededFor === 'accepting');
      await Promise.all(required.map((group) => this.#build(group)));
    } catch (error) {
      this.stop();
      throw error;
    }
    const rest = [...this.#pending].map((group) => this.#buildUntilDone(group));
    const timeout = new AbortController();
    await Promise.race([
      Promise.all(rest),
      wait(waitMs, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
    await this.#logProgress();
  }

  get isReadyToSend(): boolean {
    return ![...this.#pending].some(({ neededFor }) => neededFor === 'sending');
  }

  /** Calls back once, now or when the queue's indexes exist. Never after a stop. */
  whenReadyToSend(callback: () => void): void {
    if (this.isReadyToSend) callback();
    else this.#onReadyToSend = callback;
  }

  /** Indexes with problems: dropped, conflicting, then those being built. Empty if all indexes exist. */
  async status(): Promise<IndexStatus[]> {
    const pending = new Set(
      [...this.#pending].flatMap(({ collection, names }) => names.map((name) => `${collection}.${name}`)),
    );
    const dropped = (await this.#deps.indexes.findMissing()).filter(({ index }) => !pending.has(index));
    const problems: IndexStatus[] = [
      ...dropped.map(({ index }) => ({ index, state: 'missing', percent: null }) as const),
      ...this.#conflicting.map((index) => ({ index, state: 'conflicting', percent: null }) as const),
    ];
    return [...problems, ...(await this.#building())];
  }

  async #building(): Promise<IndexStatus[]> {
    if (this.#pending.size === 0) return [];
    // Fails without the privilege to list operations, or while the database is away. The progress is
    // optional.
    const percents = await this.#deps.indexes.getProgress().catch(() => new Map<string, number>());
    return [...this.#pending].flatMap(({ collection, names }) =>
      names.map((name) => ({
        index: `${collection}.${name}`,
        state: 'building' as const,
        percent: percents.get(collection) ?? null,
      })),
    );
  }

  /** The next start builds what is still missing. */
  stop(): void {
    this.#stop.abort();
    clearInterval(this.#logTimer);
    this.#onReadyToSend = undefined;
  }

  async #checkConflicts(): Promise<void> {
    const conflicts = await this.#deps.indexes.findConflicts();
    const fatal = conflicts.filter(({ neededFor }) => neededFor !== 'reading').map(({ index }) => index);
    if (fatal.length > 0) {
      throw new Error(
        `${fatal.join(', ')} conflicts with an index that this release needs; drop it and restart`,
      );
    }
    this.#conflicting = conflicts.map(({ index }) => index);
    for (const index of this.#conflicting) {
      this.#deps.log.error({ index }, 'index conflicts with one that this release needs; drop it');
    }
  }

  async #buildUntilDone(group: IndexGroup): Promise<void> {
    const { log } = this.#deps;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#build(group);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const { collection, names } = group;
        log.warn({ err: error, collection, indexes: names }, 'index build failed; will retry');
        await wait(retryAfterMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #build(group: IndexGroup): Promise<void> {
    const startedAt = performance.now();
    await this.#deps.indexes.build(group);
    if (this.#stop.signal.aborted) return;
    this.#pending.delete(group);
    const ms = Math.round(performance.now() - startedAt);
    const { collection, names } = group;
    if (ms > logEveryMs) this.#deps.log.info({ collection, indexes: names, ms }, 'built indexes');
    if (!this.isReadyToSend) return;
    this.#onReadyToSend?.();
    this.#onReadyToSend = undefined;
  }

  async #logProgress(): Promise<void> {
    for (const { index, percent } of await this.#building()) {
      this.#deps.log.info({ index, percent }, 'building an index');
    }
  }
}
