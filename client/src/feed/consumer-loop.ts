import { abortedError, closedError, invalidInput, isTocsinClientError } from '../errors.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { endingAtOnce } from '../subscribe/ending-at-once.ts';
import type { UntypedStreamEvent } from '../subscribe/positioned-event.ts';
import type { FeedDeps, UntypedPage } from './feed-deps.ts';
import { keepTrying } from './keep-trying.ts';
import { PageReader } from './page-reader.ts';
import { StoredCursor } from './stored-cursor.ts';
import type { FeedConsumer, FeedConsumerOptions, FeedRunOptions } from './types.ts';

const defaultBatchSize = 100;
const defaultCommitIntervalMs = 1_000;

/** As long as the server allows. `read` shortens it to the time limit of a request. */
const longestWaitMs = 30_000;

/** The codes of a call that ends because its signal aborts. */
const endCodes: ReadonlySet<string> = new Set(['ABORTED', 'CLOSED']);

/** Reads the feed from the stored cursor on, and stores the cursor after what was handled. */
export class FeedConsumerLoop implements FeedConsumer<UntypedStreamEvent> {
  readonly #deps: FeedDeps;
  readonly #name: string;
  readonly #options: FeedConsumerOptions<string>;
  readonly #stored: StoredCursor;
  readonly #ending = new AbortController();
  /** Resolves when the present iteration has ended. Undefined: none is running. */
  #running: Promise<void> | undefined;
  /** The cursor after the last event that was handled. */
  #handled: string | undefined;
  #committedAt = 0;
  /** Aborts when the present iteration ends. */
  #signalOfRun: AbortSignal | undefined;

  constructor(deps: FeedDeps, name: string, options: FeedConsumerOptions<string>) {
    this.#deps = deps;
    this.#name = name;
    this.#options = options;
    this.#stored = new StoredCursor(deps, name, options.onRetry);
  }

  readonly run = async (
    handler: (event: UntypedStreamEvent) => unknown,
    options: FeedRunOptions = {},
  ): Promise<void> => {
    for await (const event of this.#events(options)) await handler(event);
  };

  readonly runBatches = async (
    handler: (events: readonly UntypedStreamEvent[]) => unknown,
    options: FeedRunOptions = {},
  ): Promise<void> => {
    for await (const { items } of this.#pages(options)) if (items.length > 0) await handler(items);
  };

  readonly commit = async (cursor: string): Promise<void> => {
    await this.#stored.commit(cursor);
  };

  readonly close = async (): Promise<void> => {
    this.#ending.abort(closedError());
    await this.#running;
  };

  [Symbol.asyncIterator](): AsyncGenerator<UntypedStreamEvent, void, undefined> {
    const left = new AbortController();
    return endingAtOnce(this.#events({ signal: left.signal }), left);
  }

  async *#events(options: FeedRunOptions): AsyncGenerator<UntypedStreamEvent, void, undefined> {
    const { closing } = this.#deps;
    for await (const { items } of this.#pages(options)) {
      for (const event of items) {
        yield event;
        // The loop asks for the next event, so it has handled this one.
        await this.#record(event.cursor, false);
        if (options.signal?.aborted === true || closing.aborted || this.#ending.signal.aborted) return;
      }
    }
  }

  /** Yields pages, also empty ones. A page is handled when the next one is asked for. */
  async *#pages({ signal }: FeedRunOptions): AsyncGenerator<UntypedPage, void, undefined> {
    const end = this.#start();
    const stop = linkedAbort(signal, this.#deps.closing, this.#ending.signal);
    try {
      const reader = await orUndefined(this.#createReader(stop.signal), stop.signal);
      for (;;) {
        const page = reader && (await orUndefined(reader.next(), stop.signal));
        if (page === undefined) return;
        yield page;
        await this.#record(page.cursor, !page.hasMore);
      }
    } finally {
      stop.abort(abortedError(undefined));
      stop.release();
      try {
        await this.#commitHandled();
      } finally {
        end();
      }
    }
  }

  /** @throws TocsinClientError if the consumer cannot start */
  #start(): () => void {
    if (this.#deps.closing.aborted || this.#ending.signal.aborted) throw closedError(false);
    if (this.#running !== undefined) throw invalidInput(`the consumer ${this.#name} is already running`);
    let resolve = (): void => undefined;
    this.#running = new Promise((done) => {
      resolve = done;
    });
    this.#signalOfRun = undefined;
    this.#handled = undefined;
    this.#committedAt = performance.now();
    return () => {
      this.#running = undefined;
      resolve();
    };
  }

  async #createReader(signal: AbortSignal): Promise<PageReader> {
    const { config, read } = this.#deps;
    const { types, start, batchSize = defaultBatchSize, onRetry } = this.#options;
    this.#signalOfRun = signal;
    const load = { call: 'feed.consumers', signal, onRetry };
    const stored =
      this.#options.after ??
      (await keepTrying(config, load, async () => await this.#stored.load())) ??
      undefined;
    const input = { consumer: this.#name, types, start, limit: batchSize, waitMs: longestWaitMs };
    let after = stored;
    if (after === undefined && start === 'newest') {
      // Stored at once. Otherwise, a restart before the first event would start from a later position.
      const first = { call: 'feed.read', signal, onRetry };
      const page = await keepTrying(
        config,
        first,
        async () => await read({ ...input, waitMs: 0 }, { signal }),
      );
      after = page.cursor;
      await this.#record(after, true);
    }
    return new PageReader(this.#deps, { ...input, after }, { signal, onRetry });
  }

  /** Notes that everything up to a cursor was handled, and stores it if it is time to. */
  async #record(cursor: string, isPausing: boolean): Promise<void> {
    this.#handled = cursor;
    const { commitIntervalMs = defaultCommitIntervalMs } = this.#options;
    if (isPausing || performance.now() - this.#committedAt >= commitIntervalMs) await this.#commitHandled();
  }

  async #commitHandled(): Promise<void> {
    const cursor = this.#handled;
    this.#handled = undefined;
    this.#committedAt = performance.now();
    if (cursor === undefined || this.#options.commit === 'manual') return;
    const { config } = this.#deps;
    const { onRetry } = this.#options;
    const signal = this.#signalOfRun ?? this.#ending.signal;
    // After the end, the time limit of one call has to do.
    const commit = async () => await this.#stored.commit(cursor);
    await keepTrying(config, { call: 'feed.commit', signal, onRetry }, commit);
  }
}

/** Resolves to undefined if the signal aborts. That is a regular way to end, not an error. */
async function orUndefined<T>(result: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (signal.aborted && isTocsinClientError(error) && endCodes.has(error.code)) return undefined;
    throw error;
  }
}
