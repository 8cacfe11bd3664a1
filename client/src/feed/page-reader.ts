import { sleep } from '../http/retry.ts';
import type { FeedDeps, UntypedPage } from './feed-deps.ts';
import { keepTrying, type KeepTrying } from './keep-trying.ts';
import type { FeedReadInput } from './types.ts';

/** A wait for events that ends sooner was ended by the server. */
const shortWaitMs = 1_000;

/** Reads the pages of the feed one after another, and the next one while the present one is handled. */
export class PageReader {
  readonly #deps: Pick<FeedDeps, 'config' | 'read'>;
  readonly #input: FeedReadInput<string>;
  readonly #retry: Omit<KeepTrying, 'call'>;
  #after: string | undefined;
  #pending: Promise<UntypedPage> | undefined;

  constructor(
    deps: Pick<FeedDeps, 'config' | 'read'>,
    { after, ...input }: FeedReadInput<string>,
    retry: Omit<KeepTrying, 'call'>,
  ) {
    this.#deps = deps;
    this.#input = input;
    this.#after = after;
    this.#retry = retry;
  }

  /**
   * Returns the next page. It is empty if no event came for a while.
   *
   * @throws TocsinClientError for a permanent failure, or if the signal aborts
   */
  async next(): Promise<UntypedPage> {
    const page = await (this.#pending ?? this.#read());
    this.#after = page.cursor;
    this.#pending = this.#read();
    // A failure is thrown by the call that asks for this page, if there is one.
    this.#pending.catch(() => undefined);
    return page;
  }

  async #read(): Promise<UntypedPage> {
    const { config, read } = this.#deps;
    const input = { ...this.#input, after: this.#after };
    const { signal } = this.#retry;
    const plan = { ...this.#retry, call: 'feed.read' };
    const startedAt = performance.now();
    const page = await keepTrying(config, plan, async () => await read(input, { signal }));
    const isEmpty = page.items.length === 0 && !page.hasMore;
    // A server that stops answers waiting reads at once. Without a pause, the consumer would ask again and again.
    if (isEmpty && performance.now() - startedAt < shortWaitMs) await sleep(config.retry.baseDelayMs, signal);
    return page;
  }
}
