import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SchemaToCheck } from '../domain/ports/json-schemas.ts';
import type { CheckMessage } from './check-worker.ts';

/** The result of one schema, or why the thread ended without one. */
export type CheckResult =
  | { readonly kind: 'checked'; readonly problem: string | undefined }
  | { readonly kind: 'too-slow' | 'out-of-memory' };

/** How long a thread may take to start, ms. */
const startLimitMs = 30_000;

/** A worker thread that checks one schema at a time. Does not keep the process alive between two schemas. */
export class CheckThread {
  readonly #worker = startWorker();
  readonly #started: Promise<void>;
  #checked = 0;
  #hasEnded = false;

  constructor() {
    // Rejects in `check`, or is of no more interest.
    this.#worker.on('error', () => (this.#hasEnded = true));
    this.#worker.on('exit', () => (this.#hasEnded = true));
    this.#started = this.#untilStarted();
    this.#started.catch(() => undefined);
  }

  /** Whether it cannot check any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Number of schemas that it has checked. */
  get checked(): number {
    return this.#checked;
  }

  /**
   * Checks one schema. The thread ends if the schema takes too long or too much memory.
   *
   * @throws Error if the thread did not start, or ended for another reason
   */
  async check(schema: SchemaToCheck, timeLimitMs: number): Promise<CheckResult> {
    this.#worker.ref();
    try {
      // A busy machine starts a thread slowly, which says nothing about a schema.
      await this.#started;
      const result = this.#nextMessage(timeLimitMs);
      this.#worker.postMessage(schema);
      const message = await result;
      if (message === undefined) return await this.#endAs('too-slow');
      if (message.kind === 'started') throw new Error('the thread that checks schemas started twice');
      this.#checked++;
      return message;
    } catch (error) {
      // `as`: errors of Node have a code.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
      return await this.#endAs('out-of-memory');
    } finally {
      this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#worker.terminate();
  }

  async #endAs(kind: 'too-slow' | 'out-of-memory'): Promise<CheckResult> {
    await this.end();
    return { kind };
  }

  async #untilStarted(): Promise<void> {
    if ((await this.#nextMessage(startLimitMs)) !== undefined) return;
    await this.end();
    throw new Error('the thread that checks schemas did not start');
  }

  /** Resolves to the next message, or to undefined after a time. Rejects if the thread ends. */
  #nextMessage(limitMs: number): Promise<CheckMessage | undefined> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const onMessage = (message: CheckMessage) => settle(() => resolve(message));
      const onError = (error: Error) => settle(() => reject(error));
      const onExit = () => settle(() => reject(new Error('the thread that checks schemas has ended')));
      const timer = setTimeout(() => settle(() => resolve(undefined)), limitMs);
      function settle(act: () => void): void {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        act();
      }
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    });
  }
}

function startWorker(): Worker {
  const options = { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } };
  const isBuild = import.meta.url.endsWith('.js');
  if (isBuild) return new Worker(new URL('./check-worker.js', import.meta.url), options);
  // Node does not pass the loader of the main thread on to workers, so the worker imports its source with tsx.
  const source = JSON.stringify(new URL('./check-worker.ts', import.meta.url).href);
  // Resolved as for `require`, whose module does not work here, is next to that for `import`.
  const tsx = new URL('index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api'))).href;
  const code = `import(${JSON.stringify(tsx)}).then(({ tsImport }) => tsImport(${source}, ${source}))`;
  // The sources of the other packages too: a checkout has no builds before its first `npm run build`.
  return new Worker(code, { ...options, execArgv: ['--conditions=@tocsin/source'], eval: true });
}
