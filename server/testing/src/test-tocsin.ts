import type {
  BuiltInEvents,
  CreatedWebhook,
  EventData,
  EventName,
  EventsOf,
  FetchLike,
  NameArg,
  NewWebhook,
  Published,
  PublishFields,
  TocsinClient,
} from '@tocsin/client';
import type { CatalogFor } from '@tocsin/client';
import type { ServerSettings } from './server-settings.ts';
import type { TestHandler } from './receiver/test-answer.ts';
import type { TestReceiver } from './receiver/test-receiver.ts';
import type { Outage, OutageKind } from './platform/outage.ts';
import type { Duration } from './time/duration.ts';
import type { WaitOptions } from './time/wait-for.ts';

/** Options of `createTestTocsin`. */
export interface TestTocsinOptions<C = BuiltInEvents> extends ServerSettings {
  /** The catalog of your events. The built-in events are always known. */
  readonly catalog?: CatalogFor<C> | undefined;
  /**
   * The virtual time at the start. Set it for the same times in every run.
   * @default the current time
   */
  readonly now?: Date | number | string | undefined;
  /**
   * Decides all ids, so that two runs with the same `now` and `seed` are equal. Secrets differ.
   * @default 1
   */
  readonly seed?: number | undefined;
  /** The id of the app that events and webhooks belong to unless they name another. @default 'app_test' */
  readonly appId?: string | undefined;
}

/** An event to publish. `K` is its type and `E` the map of events. */
export interface TestEvent<K, E> extends Omit<PublishFields, 'appId'> {
  /** @default the app of the kit */
  readonly appId?: string | undefined;
  readonly data: EventData<K, E>;
}

/** Options of `webhook`: those of `client.webhooks.create`, with a fake receiver as the target. */
export interface TestWebhookInput<E> extends Omit<NewWebhook<E>, 'appId' | 'url'> {
  /** A fake receiver, or the URL of one. */
  readonly to: TestReceiver<E> | string;
  /** @default the app of the kit */
  readonly appId?: string | undefined;
}

/** Options of `receiver`. */
export interface TestReceiverOptions {
  /** For failure messages. @default 'receiver-1', 'receiver-2', ... */
  readonly name?: string | undefined;
  /** The URL for webhooks. @default 'https://<name>.test/webhook' */
  readonly url?: string | undefined;
  /** A handler of the service under test, which answers after the script. @default 200 to everything */
  readonly handler?: TestHandler | undefined;
}

/**
 * A Tocsin server in this process, on virtual time. `C` is a catalog or a map of events.
 *
 * @example
 * let tocsin: TestTocsin<typeof acme>;
 */
export type TestTocsin<C = BuiltInEvents> = TypedTestTocsin<EventsOf<C>>;

/** `TestTocsin` for a map of events. */
export interface TypedTestTocsin<E> extends AsyncDisposable {
  /** The app that events and webhooks belong to unless they name another. It exists. */
  readonly appId: string;
  /** A real client, to hand to the service under test. Its calls stay in this process. */
  readonly client: TocsinClient<E>;
  /** For another client, such as one of a service under test: `createTocsinClient(tocsin.connection)`. */
  readonly connection: { readonly url: string; readonly token: string; readonly fetch: FetchLike };
  /** Returns the virtual time, epoch ms. Pass it to `verify` as the option `now`. */
  readonly now: () => number;
  /** Creates a fake receiver. */
  receiver(options?: TestReceiverOptions): TestReceiver<E>;
  /** Creates a webhook. */
  webhook(input: TestWebhookInput<E>): Promise<CreatedWebhook>;
  /**
   * Publishes an event, and resolves once everything that is due at this virtual time has happened: the first
   * attempts are over, or wait for virtual time.
   */
  publish<K extends EventName<E> | (string & {})>(
    type: NameArg<K, EventName<E>>,
    event: TestEvent<K, E>,
  ): Promise<Published>;
  /**
   * Lets virtual time pass. Everything that becomes due happens in the order of its time, and is over before time
   * moves on. The result of a test therefore does not depend on the machine.
   *
   * @example
   * await tocsin.advance('5m');
   */
  advance(duration: Duration): Promise<void>;
  /** Lets everything happen that is due now, for example after a call of the service under test. */
  settle(): Promise<void>;
  /**
   * Settles until the condition neither throws nor returns false, in real time. For a service under test that
   * publishes in the background, such as one with an outbox.
   *
   * @returns what the condition returned
   * @throws what the condition threw last, when the timeout is over
   * @example
   * await tocsin.waitFor(() => expect(receiver).toHaveDelivered('order.paid', { orderId }));
   */
  waitFor<T>(condition: () => T | Promise<T>, options?: WaitOptions): Promise<Exclude<T, false>>;
  /**
   * Lets all calls of clients fail until the outage ends, as if Tocsin were down. Deliveries go on.
   *
   * @param kind `unreachable`: no connection; `unavailable`: 503 of a proxy. By default `unreachable`
   * @example
   * const outage = tocsin.startOutage();
   * await orders.pay('ord_1');
   * outage.end();
   */
  startOutage(kind?: OutageKind): Outage;
  /**
   * Serves the client's calls on a port of loopback, for a service under test in another process. Call `settle` after
   * the service has published.
   *
   * @param port by default a free one
   */
  listen(port?: number): Promise<{ readonly url: string; readonly token: string }>;
  /** What all receivers saw, in order, one line for each request. */
  log(): string;
  /** Frees everything. `await using` calls it. */
  close(): Promise<void>;
}
