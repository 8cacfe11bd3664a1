import type { Operation, OperationResultEnvelope, TRPCClientError, TRPCLink } from '@trpc/client';
import { observable, type Observer } from '@trpc/server/observable';
import type { BuiltInEvents } from '@tocsin/shared';
import { CallsInFlight } from '../calls-in-flight.ts';
import type { CloseOptions } from '../client.ts';
import { closedError, toCallError } from '../errors.ts';
import { linkedAbort } from '../http/linked-abort.ts';
import {
  normalizeOptions,
  toCloseTimeoutMs,
  type ClientConfig,
  type TocsinClientOptions,
} from '../options.ts';
import { createCall, type CallProcedure } from '../procedures/call.ts';
import { Coalescer } from '../publish/coalescer.ts';
import { createPublishTransport } from '../publish/transport.ts';
import { parseRecord, readReconnecting } from '../subscribe/reconnecting-stream.ts';
import { isRecord } from '../http/error-response.ts';
import type { AppRouter } from './app-router.ts';
import { withCoalescedPublishes } from './coalesced-publishes.ts';
import { toTrpcError } from './trpc-error.ts';

/** Options of `tocsinLink`: those of `createTocsinClient`, without `catalog`. */
export type TocsinLinkOptions = Omit<TocsinClientOptions, 'catalog'>;

/** A link at the end of the links of a client. `C` is a catalog or a map of events. */
export interface TocsinLink<C = BuiltInEvents> extends TRPCLink<AppRouter<C>> {
  /**
   * Graceful shutdown: publishes the pending events, waits for queries and mutations, ends subscriptions and
   * rejects later calls with the code `CLOSED`. Call it before the process exits.
   */
  readonly close: (options?: CloseOptions) => Promise<void>;
}

type ResultObserver = Observer<
  OperationResultEnvelope<unknown, TRPCClientError<AppRouter>>,
  TRPCClientError<AppRouter>
>;

/**
 * Creates a link that sends the calls of `@trpc/client` like `createTocsinClient` does: concurrent
 * `events.publish` calls share requests, calls are retried after temporary failures and wait for
 * `Retry-After`, all retries of an event use one idempotency key, and subscriptions reconnect.
 *
 * Calls reject with a `TRPCClientError`. Its `data.tocsin` has the code, also for errors without a response.
 *
 * @param options `url` and `token` are required
 * @throws TypeError if an option is invalid; the message names it
 * @example
 * const link = tocsinLink({ url: 'http://127.0.0.1:4400', token: env.TOCSIN_KEY });
 * const trpc = createTRPCClient<AppRouter>({ links: [link] });
 * const { items } = await trpc.webhooks.list.query({ appId });
 * await link.close();
 */
export function tocsinLink<C = BuiltInEvents>(options: TocsinLinkOptions): TocsinLink<C> {
  const config = normalizeOptions(options);
  const coalescer = new Coalescer(config, createPublishTransport(config));
  const calls = new CallsInFlight();
  const call = withCoalescedPublishes(coalescer, config, createCall(config, calls));
  const link: TRPCLink<AppRouter> =
    () =>
    ({ op }) =>
      observable((observer) => {
        const abort = new AbortController();
        const stop = linkedAbort(op.signal ?? undefined, abort.signal);
        const end =
          op.type === 'subscription'
            ? subscribe(config, op, observer, { stop: stop.signal, closing: calls.closing })
            : execute(call, op, observer, stop.signal);
        void end
          .catch((error: unknown) => observer.error(toTrpcError(toCallError(error), op.path)))
          .finally(stop.release);
        return () => abort.abort();
      });
  const close = async (closeOptions?: CloseOptions) => {
    const timeoutMs = toCloseTimeoutMs(closeOptions);
    await Promise.all([calls.close(timeoutMs), coalescer.close(timeoutMs)]);
  };
  // `as`: the link passes on inputs and results of every map of events.
  return Object.assign(link, { close }) as TocsinLink<C>;
}

/** Executes a query or a mutation. */
async function execute(
  call: CallProcedure,
  { path, type, input }: Operation,
  observer: ResultObserver,
  signal: AbortSignal,
): Promise<void> {
  const data = await call(path, type === 'query' ? 'query' : 'mutation', input, { signal });
  observer.next({ result: { type: 'data', data } });
  observer.complete();
}

/** Passes on the items of a subscription and the state of its connection until a signal aborts. */
async function subscribe(
  config: ClientConfig,
  { path, input }: Operation,
  observer: ResultObserver,
  { stop, closing }: { readonly stop: AbortSignal; readonly closing: AbortSignal },
): Promise<void> {
  if (closing.aborted) throw closedError();
  const connecting = (error: TRPCClientError<AppRouter> | null) =>
    observer.next({ result: { type: 'state', state: 'connecting', error } });
  const { lastEventId, ...selection } = isRecord(input) ? input : {};
  const stream = readReconnecting(config, {
    path,
    input: selection,
    lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    signals: [stop, closing],
    onConnected: () => {
      observer.next({ result: { type: 'started' } });
      observer.next({ result: { type: 'state', state: 'pending', error: null } });
    },
    onLost: (error) => connecting(toTrpcError(error, path)),
  });
  connecting(null);
  for await (const { event, id, data } of stream) {
    if (event === 'message')
      observer.next({ result: { type: 'data', id, data: { id, data: parseRecord(data) ?? null } } });
  }
  observer.next({ result: { type: 'stopped' } });
  observer.next({ result: { type: 'state', state: 'idle', error: null } });
  observer.complete();
}
