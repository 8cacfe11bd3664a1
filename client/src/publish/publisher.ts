import type { BuiltInEvents, EventName, NameArg } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { invalidInput, toCallError, type TocsinClientError } from '../errors.ts';
import { toJsonText } from '../http/json-text.ts';
import type { ClientConfig } from '../options.ts';
import { findInvalidEvent } from './check-event.ts';
import type { Coalescer } from './coalescer.ts';
import type { EventText } from './publish-list.ts';
import type { EventToPublish, Published, PublishEvent, PublishFields, PublishOutcome } from './types.ts';

/** The publishing methods of the client. `E` is the map of events. */
export interface Publisher<E = BuiltInEvents> {
  /**
   * Publishes one event. Resolves when the server has stored it durably. Concurrent calls share requests.
   * Retries after network errors, 429 and 5xx until `timeoutMs` is over. All attempts use the same idempotency
   * key, so the event is stored at most once.
   *
   * @param type the event's type
   * @param event its app and payload
   * @throws TocsinClientError, never another error
   * @example
   * const { id } = await tocsin.publish('user.ban', {
   *   appId: 'app_xyz789',
   *   data: { userId: 'usr_1', username: 'mallory', reason: 'spam', bannedBy: 'usr_9' },
   * });
   */
  readonly publish: <K extends EventName<E> | (string & {})>(
    type: NameArg<K, EventName<E>>,
    event: PublishEvent<K, E>,
    options?: CallOptions,
  ) => Promise<Published>;
  /**
   * Like `publish`, but returns the error instead of throwing it.
   *
   * @example
   * const outcome = await tocsin.safePublish('user.ban', event);
   * if (!outcome.ok) log.warn({ code: outcome.error.code }, outcome.error.message);
   */
  readonly safePublish: <K extends EventName<E> | (string & {})>(
    type: NameArg<K, EventName<E>>,
    event: PublishEvent<K, E>,
    options?: CallOptions,
  ) => Promise<PublishOutcome>;
  /**
   * Publishes many events in as few requests as possible. Returns one outcome for each event, in the same
   * order. A rejected event does not affect the others. Never rejects. A long list waits for room instead of
   * failing with `QUEUE_FULL`, and `timeoutMs` of an event starts when it has room.
   *
   * @example
   * const outcomes = await tocsin.publishMany(keys.map((licenseKey) => ({
   *   type: 'license.revoked', appId, data: { licenseKey, status: 'revoked' },
   * })));
   */
  readonly publishMany: (
    events: readonly EventToPublish<EventName<E>, E>[],
    options?: CallOptions,
  ) => Promise<PublishOutcome[]>;
  /**
   * Resolves when at least half of `coalesce.maxQueuedBytes` is free (backpressure). Await it before each
   * `publish` of a source that can wait, such as a file, so that no event fails with `QUEUE_FULL`.
   *
   * @throws TocsinClientError `CLOSED` after `close`, `ABORTED` if the signal aborts
   * @example
   * for await (const event of source) {
   *   await tocsin.ready();
   *   void tocsin.safePublish('user.ban', event).then(record);
   * }
   */
  readonly ready: (options?: CallOptions) => Promise<void>;
}

/** An event as the compiler has already checked it. */
interface CheckedEvent extends PublishFields {
  readonly data: unknown;
}

/** The publishing methods for events of any map. */
export interface UntypedPublisher {
  readonly publish: (type: string, event: CheckedEvent, options?: CallOptions) => Promise<Published>;
  readonly safePublish: (type: string, event: CheckedEvent, options?: CallOptions) => Promise<PublishOutcome>;
  readonly publishMany: (
    events: readonly (CheckedEvent & { readonly type: string })[],
    options?: CallOptions,
  ) => Promise<PublishOutcome[]>;
  readonly ready: (options?: CallOptions) => Promise<void>;
}

/** Creates the publishing methods over a coalescer. Validates events with the catalog, if there is one. */
export function createPublisher(coalescer: Coalescer, config: ClientConfig): UntypedPublisher {
  const safePublish: UntypedPublisher['safePublish'] = async (type, event, options) => {
    try {
      const read = readEvent(config, type, event);
      if (read instanceof Error) return { ok: false, error: read };
      return await coalescer.add(read.text, { ...options, appId: read.appId });
    } catch (cause) {
      return { ok: false, error: toCallError(cause) };
    }
  };
  return {
    safePublish,
    publish: async (type, event, options) => {
      const outcome = await safePublish(type, event, options);
      if (!outcome.ok) throw outcome.error;
      return { id: outcome.id, deliveries: outcome.deliveries };
    },
    publishMany: async (events, options) => {
      try {
        // The caller may change its array before the last event is read.
        const listed = [...events];
        const readAt = (index: number) => readEvent(config, listed[index]?.type ?? '', listed[index]);
        return await coalescer.addList(listed.length, readAt, options);
      } catch (cause) {
        throw toCallError(cause);
      }
    },
    ready: (options) => coalescer.ready(options),
  };
}

/** Converts an event to JSON. Returns an error instead of throwing one, whatever a caller without types passes. */
function readEvent(
  config: ClientConfig,
  type: string,
  event: CheckedEvent | undefined,
): EventText | TocsinClientError {
  try {
    if (event === undefined) return invalidInput('the event is missing');
    const text = findInvalidEvent(config.catalog, type, event) ?? serialize(config, type, event);
    return text instanceof Error ? text : { text, appId: event.appId };
  } catch (cause) {
    return toCallError(cause);
  }
}

/**
 * Converts an event to the server's input. Called once for all attempts, so they share the idempotency key.
 */
function serialize(config: ClientConfig, type: string, event: CheckedEvent): string | TocsinClientError {
  const { appId, data, idempotencyKey = crypto.randomUUID(), timestamp } = event;
  const traceparent = event.traceparent ?? config.traceparent();
  return toJsonText({ appId, event: type, data, idempotencyKey, timestamp, traceparent }, 'the event');
}
