import type { AnyCatalog, BuiltInEvents, EventName, NameArg } from '@tocsin/shared';
import { toJsonText } from '../http/json-text.ts';
import type { ClientLogger } from '../options.ts';
import { clientCatalog, type JsonPublisher } from '../publish/publish-json.ts';
import type { PublishEvent } from '../publish/types.ts';
import { BatchPublisher } from './batch-publisher.ts';
import { findInvalidOutboxEvent } from './find-invalid-event.ts';
import { toMetricsText, type MetricLabels } from './metrics-text.ts';
import type { OutboxStore, SetAsideEvent } from './outbox-store.ts';
import type { OutboxStats } from './outbox-stats.ts';
import { Relay } from './relay.ts';
import { toRelaySettings, type RelayCounts, type RelayOptions } from './relay-options.ts';

/** Events that are listed at once. */
const maxListed = 1_000;

/** Options of `createOutbox`. */
export interface OutboxOptions<TClient extends JsonPublisher, TTransaction> {
  /** The client that the relay publishes with. */
  readonly client: TClient;
  /** Where events are written: `mongoOutboxStore(db)`, or an adapter of your own. */
  readonly store: OutboxStore<TTransaction>;
  /**
   * Validates events before they are written.
   * @default the catalog of the client, or without one the built-in events; others are validated by the server, and
   *   the relay sets invalid ones aside
   */
  readonly catalog?: AnyCatalog | undefined;
  /** @default silent for `debug`, the console for `warn` */
  readonly logger?: ClientLogger | undefined;
}

/** The map of events of a client's type. */
export type EventsOfClient<TClient> = TClient extends JsonPublisher<infer E> ? E : BuiltInEvents;

/** The transaction that an event belongs to. */
export interface OutboxCallOptions<TTransaction> {
  /** A session with an open transaction. */
  readonly session: TTransaction;
}

/** A running relay. */
export interface OutboxRelay {
  readonly counts: RelayCounts;
  /** Stops after the events that are being published, and lets another process take over at once. */
  readonly close: () => Promise<void>;
}

/** Publishes events together with the changes of a service's own database. */
export interface Outbox<E, TTransaction> {
  /**
   * Writes an event within a transaction. It is published after the commit, also if the server cannot be
   * reached for days or this process ends, and never if the transaction is aborted.
   *
   * @returns the id of the event in the outbox, which is its idempotency key unless you chose one
   * @throws TocsinClientError `INVALID_INPUT` or `UNKNOWN_EVENT` if the event does not fit the catalog
   * @throws TypeError if the session has no open transaction
   * @example
   * await session.withTransaction(async () => {
   *   await licenses.updateOne({ _id: key }, { $set: { revoked: true } }, { session });
   *   await outbox.publish('license.revoked', { appId, data: { licenseKey: key, status: 'revoked' } }, { session });
   * });
   */
  readonly publish: <K extends EventName<E> | (string & {})>(
    type: NameArg<K, EventName<E>>,
    event: PublishEvent<K, E>,
    options: OutboxCallOptions<TTransaction>,
  ) => Promise<{ readonly id: string }>;
  /**
   * Starts to publish what is committed. Start it in every process of the service: one of them publishes, and
   * another takes over when that one ends.
   *
   * @throws TypeError if an option is invalid, or if this outbox already has a relay
   */
  readonly relay: (options?: RelayOptions) => OutboxRelay;
  readonly stats: () => Promise<OutboxStats>;
  /**
   * Returns `stats` in the text format of Prometheus, for the `/metrics` of the service.
   *
   * @param labels for all metrics, such as `{ service: 'shop' }`
   * @throws TypeError if a label has no valid name
   */
  readonly metricsText: (labels?: MetricLabels) => Promise<string>;
  /** Returns events that the server refused for good, oldest first, at most `limit` (default 100). */
  readonly listSetAside: (limit?: number) => Promise<readonly SetAsideEvent[]>;
  /** Publishes a refused event again. Returns false if there is none with this id. */
  readonly putBack: (id: string) => Promise<boolean>;
  /** Deletes a refused event. Returns false if there is none with this id. */
  readonly discard: (id: string) => Promise<boolean>;
}

/**
 * Creates an outbox: events that are written to the database of a service, in the same transaction as the
 * change that they tell of.
 *
 * @example
 * const outbox = createOutbox({ client: tocsin, store: mongoOutboxStore(mongo.db('shop')) });
 * const relay = outbox.relay();
 */
export function createOutbox<TClient extends JsonPublisher, TTransaction>(
  options: OutboxOptions<TClient, TTransaction>,
): Outbox<EventsOfClient<TClient>, TTransaction> {
  const { client, store, catalog = client[clientCatalog] } = options;
  const log = toLog(options.logger);
  let relay: Relay | undefined;
  const stats = async () => ({ ...(await store.countContent()), relay: relay?.counts });
  const outbox: UntypedOutbox<TTransaction> = {
    publish: async (type, event, { session }) => {
      const id = `obx_${crypto.randomUUID().replaceAll('-', '')}`;
      const { appId, data, idempotencyKey = id, timestamp = new Date().toISOString() } = event;
      const text =
        findInvalidOutboxEvent(catalog, type, event) ??
        toJsonText({ appId, event: type, data, idempotencyKey, timestamp }, 'the event');
      if (text instanceof Error) throw text;
      await store.insert({ id, appId, type, text }, session);
      return { id };
    },
    relay: (relayOptions = {}) => {
      if (relay !== undefined) throw new TypeError('this outbox already has a relay; close it first');
      const batches = new BatchPublisher(client);
      const started = new Relay({
        store,
        publish: (events, signal) => batches.publish(events, signal),
        settings: toRelaySettings(relayOptions, crypto.randomUUID()),
        log,
      });
      relay = started;
      return {
        get counts() {
          return started.counts;
        },
        close: async () => {
          await started.close();
          if (relay === started) relay = undefined;
        },
      };
    },
    stats,
    metricsText: async (labels = {}) => toMetricsText(await stats(), labels, Date.now()),
    listSetAside: (limit = 100) => store.listSetAside(Math.min(limit, maxListed)),
    putBack: (id) => store.putBack(id),
    discard: (id) => store.discard(id),
  };
  // `as`: the types of events exist for the compiler only.
  return outbox as Outbox<EventsOfClient<TClient>, TTransaction>;
}

interface UntypedEvent {
  readonly appId: string;
  readonly data: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly timestamp?: string | undefined;
}

interface UntypedOutbox<TTransaction> extends Omit<Outbox<never, TTransaction>, 'publish'> {
  readonly publish: (
    type: string,
    event: UntypedEvent,
    options: OutboxCallOptions<TTransaction>,
  ) => Promise<{ readonly id: string }>;
}

function toLog(logger: ClientLogger | undefined): Required<ClientLogger> {
  return {
    debug: (fields, message) => logger?.debug?.(fields, message),
    warn: (fields, message) => {
      // oxlint-disable-next-line no-console -- a relay without a logger must not fail in silence
      if (logger === undefined) console.warn(message, fields);
      else logger.warn?.(fields, message);
    },
  };
}
