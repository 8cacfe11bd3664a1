import type { CallOptions } from '../call-options.ts';
import { CallsInFlight } from '../calls-in-flight.ts';
import { closedError, TocsinClientError } from '../errors.ts';
import { isRecord } from '../http/error-response.ts';
import type { ClientConfig } from '../options.ts';
import { createCall, type CallProcedure } from '../procedures/call.ts';
import { toEvent } from '../receiver/parse-event.ts';
import { toPositionedEvent } from '../subscribe/positioned-event.ts';
import { FeedConsumerLoop } from './consumer-loop.ts';
import type { FeedDeps, UntypedPage } from './feed-deps.ts';
import type { FeedConsumerOptions, FeedConsumerView, FeedReadInput } from './types.ts';

/** The longest wait of the server. */
const maxWaitMs = 30_000;

/** What a wait may take of the time of a request. The rest is for the network. */
const waitShare = 0.8;

/** Creates the feed of an app. */
export function createAppFeed(config: ClientConfig, appId: string, closing: AbortSignal) {
  const call = createCall(config, new CallsInFlight());
  const callOpen: CallProcedure = async (...args) => {
    if (closing.aborted) throw closedError(false);
    return await call(...args);
  };

  async function read(input: FeedReadInput<string> = {}, options?: CallOptions): Promise<UntypedPage> {
    const longestMs = Math.min(maxWaitMs, Math.floor(waitShare * config.attemptTimeoutMs));
    const waitMs = input.waitMs === undefined ? undefined : Math.min(input.waitMs, longestMs);
    const page = await callOpen('feed.read', 'query', { ...input, appId, waitMs }, options);
    return toPage(config, page, input.types);
  }

  const deps: FeedDeps = { config, appId, call, closing, read };
  return {
    read,
    consumer: (name: string, options: FeedConsumerOptions<string> = {}) =>
      new FeedConsumerLoop(deps, name, options),
    // `as`: the server validates its results.
    consumers: async (options?: CallOptions) =>
      ((await callOpen('feed.consumers', 'query', { appId }, options)) as { items: FeedConsumerView[] })
        .items,
    deleteConsumer: async (consumer: string, options?: CallOptions) => {
      await callOpen('feed.deleteConsumer', 'mutation', { appId, consumer }, options);
    },
  };
}

function toPage(config: ClientConfig, page: unknown, types: readonly string[] | undefined): UntypedPage {
  const { items, cursor, hasMore } = isRecord(page) ? page : {};
  if (!Array.isArray(items) || typeof cursor !== 'string') {
    throw new TocsinClientError('BAD_RESPONSE', 'the response is not a page of the feed', {
      retryable: false,
    });
  }
  const toKnownEvent = (raw: Parameters<typeof toEvent>[0]) =>
    toEvent(raw, { catalog: config.catalog, types });
  return {
    items: items.map((item: unknown) => toPositionedEvent(isRecord(item) ? item : {}, toKnownEvent)),
    cursor,
    hasMore: hasMore === true,
  };
}
