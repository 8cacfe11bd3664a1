import type { SchemaChecker, SchemaToCheck } from '../domain/ports/json-schemas.ts';
import { CheckThread } from './check-thread.ts';

export interface WorkerCheckerOptions {
  /**
   * Time limit of one schema with its example, in ms.
   * @default 15,000
   */
  readonly timeLimitMs?: number;
  /**
   * How long a thread without work is kept, in ms.
   * @default 30,000
   */
  readonly idleMs?: number;
}

/** Schemas that one thread checks. It keeps parts of each. */
const maxPerThread = 200;

/**
 * Checks schemas in a worker thread, one call at a time. The first call starts the thread, which is kept for later
 * calls. A schema that takes too long ends the thread, and the next one begins in a new thread.
 */
export class WorkerChecker implements SchemaChecker, AsyncDisposable {
  readonly #timeLimitMs: number;
  readonly #idleMs: number;
  #last: Promise<unknown> = Promise.resolve();
  #thread: CheckThread | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor({ timeLimitMs = 15_000, idleMs = 30_000 }: WorkerCheckerOptions = {}) {
    this.#timeLimitMs = timeLimitMs;
    this.#idleMs = idleMs;
  }

  async check(definitions: readonly SchemaToCheck[]): Promise<readonly (string | undefined)[]> {
    const turn = this.#last.then(async () => await this.#checkAll(definitions));
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endThread();
  }

  async #checkAll(definitions: readonly SchemaToCheck[]): Promise<readonly (string | undefined)[]> {
    clearTimeout(this.#idleTimer);
    try {
      const problems: (string | undefined)[] = [];
      for (const definition of definitions) problems.push(await this.#check(definition));
      return problems;
    } finally {
      this.#idleTimer = setTimeout(() => void this.#endThread(), this.#idleMs).unref();
    }
  }

  async #check(definition: SchemaToCheck): Promise<string | undefined> {
    const thread = await this.#getThread();
    const isNew = thread.checked === 0;
    const result = await thread.check(definition, this.#timeLimitMs);
    switch (result.kind) {
      case 'checked':
        return result.problem;
      case 'too-slow':
        return `schema: takes longer than ${this.#timeLimitMs} ms to compile and check`;
      case 'out-of-memory':
        // Earlier schemas may have used up the memory.
        return isNew ? 'schema: needs too much memory to compile' : await this.#check(definition);
    }
  }

  async #getThread(): Promise<CheckThread> {
    if (this.#thread !== undefined && this.#thread.checked >= maxPerThread) await this.#endThread();
    if (this.#thread === undefined || this.#thread.hasEnded) this.#thread = new CheckThread();
    return this.#thread;
  }

  async #endThread(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end();
  }
}
