import type { BuiltInEvents, EventsOf } from '@tocsin/shared';
import { CallsInFlight } from './calls-in-flight.ts';
import { normalizeOptions, toCloseTimeoutMs, type TocsinClientOptions } from './options.ts';
import { createFeed } from './feed/feed.ts';
import type { Feed } from './feed/types.ts';
import type { Api, EventsApi } from './procedures/api.ts';
import { createCall } from './procedures/call.ts';
import { withProcedures } from './procedures/procedures.ts';
import { Coalescer } from './publish/coalescer.ts';
import { createPublishInOrder } from './publish/ordered-publish.ts';
import {
  clientCatalog,
  publishInOrder,
  publishJson,
  type JsonCallOptions,
  type JsonPublisher,
} from './publish/publish-json.ts';
import { createPublisher, type Publisher } from './publish/publisher.ts';
import { createPublishTransport } from './publish/transport.ts';
import { createSubscribe, type Subscribe } from './subscribe/subscribe.ts';

/** Options of `close`. */
export interface CloseOptions {
  /**
   * How long to wait for pending events and calls, in ms. Those without a result by then fail with the code
   * `CLOSED`. Infinity is no limit.
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

/** The procedures of stored events, and the stream of new ones. */
export interface ClientEventsApi<E = BuiltInEvents> extends EventsApi<E> {
  /**
   * Streams events as they are accepted. Reconnects after a lost connection and resumes where it left
   * off. Reads from the connection only as fast as the loop does (backpressure). Ends when the loop is
   * left, the signal aborts, or `close` is called. Throws a `TocsinClientError` for a permanent failure, such as a
   * rejected key or a response that is not an event stream.
   *
   * @example
   * for await (const event of tocsin.events.subscribe({ appId, types: ['user.ban', 'license.*'] })) {
   *   if (event.type === 'user.ban') console.log(event.data.reason);
   * }
   */
  readonly subscribe: Subscribe<E>;
}

/** A client that is typed by a map of events. Every method rejects only with `TocsinClientError`. */
export interface TypedClient<E = BuiltInEvents>
  extends Publisher<E>, JsonPublisher<E>, Omit<Api<E>, 'events'> {
  readonly events: ClientEventsApi<E>;
  /**
   * Returns the feed of an app: its stored events in the order of their commits, to read in pages or with a consumer
   * that remembers its position.
   *
   * @example
   * await tocsin.feed(appId).consumer('billing').run(async (event) => {
   *   if (event.type === 'license.revoked') await stopBilling(event.data.licenseKey);
   * }, { signal });
   */
  readonly feed: Feed<E>;
  /**
   * Graceful shutdown: publishes the pending events, waits for queries and mutations, ends subscriptions and
   * rejects later calls with the code `CLOSED`. Call it before the process exits.
   *
   * @example
   * process.once('SIGTERM', () => void tocsin.close());
   */
  readonly close: (options?: CloseOptions) => Promise<void>;
}

/**
 * A client of one server. `C` is a catalog or a map of events.
 *
 * @example
 * let tocsin: TocsinClient<typeof acme>;
 */
export type TocsinClient<C = BuiltInEvents> = TypedClient<EventsOf<C>>;

/**
 * Creates a client. Opens no connection until the first call. Use one client per process: concurrent
 * `publish` calls on it share requests.
 *
 * @typeParam C the type of a catalog, `typeof acme`, or a map of events; by default the built-in events
 * @param options `url` and `token` are required; `catalog` also validates events before they leave
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * const tocsin = createTocsinClient({ url: 'http://127.0.0.1:4400', token: env.TOCSIN_KEY });
 * await tocsin.publish('license.revoked', { appId, data: { licenseKey, status: 'revoked' } });
 * const { secret } = await tocsin.webhooks.create.mutate({ appId, url, events: ['license.revoked'] });
 * await tocsin.close();
 */
export function createTocsinClient<C = BuiltInEvents>(options: TocsinClientOptions<C>): TocsinClient<C> {
  const config = normalizeOptions(options);
  const transport = createPublishTransport(config);
  const coalescer = new Coalescer(config, transport);
  const calls = new CallsInFlight();
  const call = createCall(config, calls);
  const eventMethods = { subscribe: createSubscribe(config, calls.closing) };
  const methods: Record<string | symbol, unknown> = {
    [publishJson]: (text: string, callOptions?: JsonCallOptions) => coalescer.add(text, callOptions),
    [publishInOrder]: createPublishInOrder(config, transport, calls),
    [clientCatalog]: config.catalog,
    ...createPublisher(coalescer, config),
    events: withProcedures(eventMethods, 'events', call),
    feed: createFeed(config, calls.closing),
    close: async (closeOptions?: CloseOptions) => {
      const timeoutMs = toCloseTimeoutMs(closeOptions);
      await Promise.all([calls.close(timeoutMs), coalescer.close(timeoutMs)]);
    },
  };
  // Every other name is a router of the server. The type TocsinClient lists them.
  return withProcedures(methods, '', call) as TocsinClient<C>;
}
