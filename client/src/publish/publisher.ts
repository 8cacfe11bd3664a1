import type { EventType } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import type { TocsinClientError } from '../errors.ts';
import { toJsonText } from '../http/json-text.ts';
import type { Coalescer } from './coalescer.ts';
import type { EventToPublish, Published, PublishEvent, PublishOutcome } from './types.ts';

/** The publishing methods of the client. */
export interface Publisher {
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
  readonly publish: <TType extends EventType>(
    type: TType,
    event: PublishEvent<TType>,
    options?: CallOptions,
  ) => Promise<Published>;
  /**
   * Like `publish`, but returns the error instead of throwing it.
   *
   * @example
   * const outcome = await tocsin.safePublish('user.ban', event);
   * if (!outcome.ok) log.warn({ code: outcome.error.code }, outcome.error.message);
   */
  readonly safePublish: <TType extends EventType>(
    type: TType,
    event: PublishEvent<TType>,
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
    events: readonly EventToPublish[],
    options?: CallOptions,
  ) => Promise<PublishOutcome[]>;
}

/** Creates the publishing methods over a coalescer. */
export function createPublisher(coalescer: Coalescer): Publisher {
  const safePublish = (
    type: EventType,
    event: PublishEvent,
    options?: CallOptions,
  ): Promise<PublishOutcome> => {
    const text = serialize(type, event);
    return text instanceof Error ? Promise.resolve({ ok: false, error: text }) : coalescer.add(text, options);
  };
  return {
    safePublish,
    publish: async (type, event, options) => {
      const outcome = await safePublish(type, event, options);
      if (!outcome.ok) throw outcome.error;
      return { id: outcome.id, deliveries: outcome.deliveries };
    },
    publishMany: (events, options) =>
      Promise.all(events.map(({ type, ...event }) => safePublish(type, event, options))),
  };
}

/**
 * Converts an event to the server's input. Called once for all attempts, so they share the idempotency key.
 */
function serialize(type: EventType, event: PublishEvent): string | TocsinClientError {
  const { appId, data, idempotencyKey = crypto.randomUUID(), timestamp } = event;
  return toJsonText({ appId, event: type, data, idempotencyKey, timestamp }, 'the event');
}
