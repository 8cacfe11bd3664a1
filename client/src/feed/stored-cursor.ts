import { isTocsinClientError, timeoutError, TocsinClientError } from '../errors.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import { startTimer } from '../http/timer.ts';
import type { FeedDeps } from './feed-deps.ts';
import { keepTrying } from './keep-trying.ts';
import type { FeedConsumerOptions, FeedConsumerView } from './types.ts';

/**
 * The cursor that the server stores for a consumer. Each commit names the cursor that it replaces, so that two
 * processes with the same consumer do not move each other's cursor (optimistic lock).
 */
export class StoredCursor {
  readonly #deps: Pick<FeedDeps, 'appId' | 'call' | 'config'>;
  readonly #consumer: string;
  readonly #onRetry: FeedConsumerOptions['onRetry'];
  /** Settles with the last commit. */
  #last: Promise<void> = Promise.resolve();
  /** Undefined: not read yet. Null: the server has none. */
  #cursor: string | null | undefined;

  constructor(
    deps: Pick<FeedDeps, 'appId' | 'call' | 'config'>,
    consumer: string,
    onRetry: FeedConsumerOptions['onRetry'],
  ) {
    this.#deps = deps;
    this.#consumer = consumer;
    this.#onRetry = onRetry;
  }

  /** Reads the cursor from the server. Null if there is none. */
  async load(): Promise<string | null> {
    const { appId, call } = this.#deps;
    // `as`: the server validates its results.
    const { items } = (await call('feed.consumers', 'query', { appId })) as { items: FeedConsumerView[] };
    this.#cursor = items.find(({ consumer }) => consumer === this.#consumer)?.cursor ?? null;
    return this.#cursor;
  }

  /**
   * Stores a cursor, within the time limit of a call. Commits run one after another.
   *
   * @throws TocsinClientError with the code `CONFLICT` if another process has moved the cursor
   */
  async commit(cursor: string): Promise<void> {
    const committed = this.#last.then(async () => await this.#commitInTime(cursor));
    this.#last = committed.catch(() => undefined);
    await committed;
  }

  async #commitInTime(cursor: string): Promise<void> {
    const { config } = this.#deps;
    const overall = linkedAbort();
    const stopTimer = startTimer(() => overall.abort(timeoutError(config.timeoutMs)), config.timeoutMs);
    try {
      const plan = { call: 'feed.commit', signal: overall.signal, onRetry: this.#onRetry };
      await keepTrying(config, plan, async () => await this.#commitOnce(cursor));
    } finally {
      stopTimer();
    }
  }

  async #commitOnce(cursor: string): Promise<void> {
    const { appId, call } = this.#deps;
    const expectedCursor = this.#cursor === undefined ? await this.load() : this.#cursor;
    if (cursor === expectedCursor) return;
    try {
      await call('feed.commit', 'mutation', { appId, consumer: this.#consumer, cursor, expectedCursor });
      this.#cursor = cursor;
    } catch (error) {
      if (!isTocsinClientError(error)) throw error;
      if (error.serverCode === 'CONFLICT') throw this.#toConflict(error);
      if (!error.retryable) throw error;
      // The response may be lost. Without this check, a commit that took effect would conflict with itself.
      const stored = await this.load();
      if (stored === cursor) return;
      throw stored === expectedCursor ? error : this.#toConflict(error);
    }
  }

  #toConflict(error: TocsinClientError): TocsinClientError {
    const message =
      `another process has moved the cursor of the consumer ${this.#consumer} of ${this.#deps.appId}; ` +
      'run each consumer in one process at a time';
    return new TocsinClientError(error.code, message, {
      retryable: false,
      serverCode: 'CONFLICT',
      requestId: error.requestId,
      httpStatus: error.httpStatus,
      cause: error,
    });
  }
}
