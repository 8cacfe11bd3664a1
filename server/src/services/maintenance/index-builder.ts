import { setTimeout as wait } from 'node:timers/promises';
import type { IndexStatus } from '@tocsin/shared';
import type { Log } from '../../domain/ports/runtime.ts';
import type { IndexGroup, IndexStore } from '../../domain/ports/index-store.ts';

export interface IndexBuilderDeps {
  readonly indexes: IndexStore;
  readonly log: Log;
  /** How long a start waits for indexes that it can do without. @default 2 s */
  readonly patienceMs?: number;
}

/** On small collections all is built within it, so that a new installation is complete when it says that it runs. */
const defaultPatienceMs = 2_000;
const tellEveryMs = 10_000;
const retryAfterMs = 5_000;

/**
 * Makes the indexes that are missing. What a promise rests on is waited for; everything else is built while the process
 * already answers.
 *
 *   starting --unique indexes stand, and the rest stands or patience is over--> started
 *   started  --the queue's indexes stand--> ready to send
 *   started  --a build fails (fail-over)--> it is tried again, after a pause;   any --stop--> stopped
 */
export class IndexBuilder {
  readonly #deps: IndexBuilderDeps;
  readonly #stop = new AbortController();
  /** Not standing yet, as far as we know. */
  readonly #open = new Set<IndexGroup>();
  #conflicting: readonly string[] = [];
  #telling: NodeJS.Timeout | undefined;
  #onReadyToSend: (() => void) | undefined;

  constructor(deps: IndexBuilderDeps) {
    this.#deps = deps;
  }

  /** Throws when an index stands in the way of one that accepting or sending needs, or cannot be unique. */
  async start(): Promise<void> {
    const { indexes, patienceMs = defaultPatienceMs } = this.#deps;
    await this.#judgeConflicts();
    for (const group of indexes.groups) this.#open.add(group);
    this.#telling = setInterval(() => void this.#tell(), tellEveryMs).unref();
    try {
      const awaited = indexes.groups.filter(({ neededFor }) => neededFor === 'accepting');
      await Promise.all(awaited.map((group) => this.#build(group)));
    } catch (error) {
      this.stop();
      throw error;
    }
    const rest = [...this.#open].map((group) => this.#buildUntilDone(group));
    const patience = new AbortController();
    await Promise.race([
      Promise.all(rest),
      wait(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    await this.#tell();
  }

  get isReadyToSend(): boolean {
    return ![...this.#open].some(({ neededFor }) => neededFor === 'sending');
  }

  /** Calls back once, now or when the queue's indexes stand; never after a stop. */
  whenReadyToSend(call: () => void): void {
    if (this.isReadyToSend) call();
    else this.#onReadyToSend = call;
  }

  /** What is not as it should be, what is missing first; empty when all indexes stand. */
  async status(): Promise<IndexStatus[]> {
    const awaited = new Set(
      [...this.#open].flatMap(({ collection, names }) => names.map((name) => `${collection}.${name}`)),
    );
    const dropped = (await this.#deps.indexes.findMissing()).filter(({ index }) => !awaited.has(index));
    const settled: IndexStatus[] = [
      ...dropped.map(({ index }) => ({ index, state: 'missing', percent: null }) as const),
      ...this.#conflicting.map((index) => ({ index, state: 'conflicting', percent: null }) as const),
    ];
    return [...settled, ...(await this.#building())];
  }

  async #building(): Promise<IndexStatus[]> {
    if (this.#open.size === 0) return [];
    // Needs a right that a database with users may not have given, and a database that is there.
    const percents = await this.#deps.indexes.getProgress().catch(() => new Map<string, number>());
    return [...this.#open].flatMap(({ collection, names }) =>
      names.map((name) => ({
        index: `${collection}.${name}`,
        state: 'building' as const,
        percent: percents.get(collection) ?? null,
      })),
    );
  }

  /** The next start asks again for what does not stand by then. */
  stop(): void {
    this.#stop.abort();
    clearInterval(this.#telling);
    this.#onReadyToSend = undefined;
  }

  async #judgeConflicts(): Promise<void> {
    const conflicts = await this.#deps.indexes.findConflicts();
    const fatal = conflicts.filter(({ neededFor }) => neededFor !== 'reading').map(({ index }) => index);
    if (fatal.length > 0) {
      throw new Error(
        `${fatal.join(', ')} is another index than this release needs: drop it, and start again`,
      );
    }
    this.#conflicting = conflicts.map(({ index }) => index);
    for (const index of this.#conflicting) {
      this.#deps.log.error({ index }, 'another index has the name of one that this release needs: drop it');
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
        log.warn({ err: error, collection, indexes: names }, 'could not build indexes; trying again');
        await wait(retryAfterMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #build(group: IndexGroup): Promise<void> {
    const startedAt = performance.now();
    await this.#deps.indexes.build(group);
    if (this.#stop.signal.aborted) return;
    this.#open.delete(group);
    const ms = Math.round(performance.now() - startedAt);
    const { collection, names } = group;
    if (ms > tellEveryMs) this.#deps.log.info({ collection, indexes: names, ms }, 'built indexes');
    if (!this.isReadyToSend) return;
    this.#onReadyToSend?.();
    this.#onReadyToSend = undefined;
  }

  async #tell(): Promise<void> {
    for (const { index, percent } of await this.#building()) {
      this.#deps.log.info({ index, percent }, 'building an index');
    }
  }
}
