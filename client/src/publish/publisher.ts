import type { AnyCatalog, BuiltInEvents, EventName, NameArg } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import { toCallError, type TocsinClientError } from '../errors.ts';
import { toJsonText } from '../http/json-text.ts';
import { findInvalidEvent } from './check-event.ts';
import type { Coalescer } from './coalescer.ts';
import type { EventToPublish, Published, PublishEvent, PublishFields, PublishOutcome } from './types.ts';

/** The publishing methods of the client. `E` is the map of events. */
export interface Publisher<E = BuiltInEvents> {
  /**
   * Publishes one event. Resolves when the server has stored it durably. Concurrent calls share requests.
   * Retries after network errors, 429 and 5xx use the same idempotency key, so the event is accepted at most
   * once.
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
   * order. A rejected event does not affect the others. Never rejects.
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
}

/** Creates the publishing methods over a coalescer. Validates events with the catalog, if there is one. */
export function createPublisher(coalescer: Coalescer, catalog?: AnyCatalog): UntypedPublisher {
  const safePublish: UntypedPublisher['safePublish'] = async (type, event, options) => {
    try {
      const text = findInvalidEvent(catalog, type, event) ?? serialize(type, event);
      return text instanceof Error ? { ok: false, error: text } : await coalescer.add(text, options);
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
        return await Promise.all(Array.from(events, (event) => safePublish(event?.type, event, options)));
      } catch (cause) {
        throw toCallError(cause);
      }
    },
  };
}

/**
 * Converts an event to the server's input. Called once for all attempts, so they share the idempotency key.
 */
function serialize(type: string, event: CheckedEvent): string | TocsinClientError {
  const { appId, data, idempotencyKey = crypto.randomUUID(), timestamp } = event;
  return toJsonText({ appId, event: type, data, idempotencyKey, timestamp }, 'the event');
}
