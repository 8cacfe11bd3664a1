import { closedError } from './errors.ts';
import { normalizeOptions, type TocsinClientOptions } from './options.ts';
import type { Api } from './procedures/api.ts';
import { createCall } from './procedures/call.ts';
import { proceduresAt } from './procedures/procedures.ts';
import { Coalescer } from './publish/coalescer.ts';
import { createPublisher, type Publisher } from './publish/publisher.ts';
import { createPublishTransport } from './publish/transport.ts';
import { createSubscribe, type Subscribe } from './subscribe/subscribe.ts';

/** How to end a client. */
export interface CloseOptions {
  /**
   * How long to wait for what is under way, in ms. What is not published by then ends with CLOSED.
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
}

/** What `createTocsinClient` gives. */
export type TocsinClient = Publisher &
  Omit<Api, 'events'> & {
    readonly events: Api['events'] & {
      /**
       * Listens to events as they are accepted. A lost connection is taken up again where it was lost. Reads only as
       * fast as the loop does. Ends when the loop is left, by the signal, or by `close`.
       *
       * @example
       * for await (const event of tocsin.events.subscribe({ appId, types: ['user.ban', 'user.login'] })) {
       *   if (event.type === 'user.ban') console.log(event.data.reason);
       * }
       */
      readonly subscribe: Subscribe;
    };
    /**
     * Publishes what is waiting, ends subscriptions, and refuses everything after. Call it before the process ends.
     *
     * @example
     * process.once('SIGTERM', () => void tocsin.close());
     */
    readonly close: (options?: CloseOptions) => Promise<void>;
  };

/** 10 s, as long as the server itself lets requests finish when it stops. */
const defaultCloseTimeoutMs = 10_000;

/**
 * Makes a client. It opens nothing by itself; one for a process is enough, and the more callers share it, the fewer
 * requests are made.
 *
 * @throws TypeError when an option cannot be used
 * @example
 * const tocsin = createTocsinClient({ url: 'http://127.0.0.1:4400', token: env.TOCSIN_KEY });
 * await tocsin.publish('license.revoked', { appId, data: { licenseKey, status: 'revoked' } });
 * const { secret } = await tocsin.webhooks.create.mutate({ appId, url, events: ['license.revoked'] });
 * await tocsin.close();
 */
export function createTocsinClient(options: TocsinClientOptions): TocsinClient {
  const config = normalizeOptions(options);
  const coalescer = new Coalescer(config, createPublishTransport(config));
  const closing = new AbortController();
  const call = createCall(config, () => closing.signal.aborted);
  const ownEvents = { subscribe: createSubscribe(config, closing.signal) };
  const own: Record<string, unknown> = {
    ...createPublisher(coalescer),
    events: withFallback(ownEvents, (name) => proceduresAt(`events.${name}`, call)),
    close: async ({ timeoutMs = defaultCloseTimeoutMs }: CloseOptions = {}) => {
      closing.abort(closedError());
      await coalescer.close(timeoutMs);
    },
  };
  // Everything that is not our own is a router of the server; its type says which there are.
  return withFallback(own, (name) => proceduresAt(name, call)) as TocsinClient;
}

function withFallback(own: Record<string, unknown>, fallback: (name: string) => unknown): object {
  return new Proxy(own, {
    get(target, name) {
      // `then` is asked for by `await`, `toJSON` and symbols by loggers: none of them is a router.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
      return Object.hasOwn(target, name) ? target[name] : fallback(name);
    },
  });
}
