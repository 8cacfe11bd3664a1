import {
  getEventDefinition,
  type AnyEventType,
  type EventType,
  type PublishManyResult,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';
import { maxDataBytes, maxDataDepth, type AcceptedEvent } from '../../domain/event.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import { isSubscribed } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { EventIngester } from './ingest.ts';
import { beforeDeadline, toPublishDeadline } from './publish-deadline.ts';

export interface PublishDeps {
  readonly access: Pick<AccessControl, 'requireApp'>;
  readonly webhookCache: Pick<WebhookCache, 'listForApp'>;
  readonly ingester: Pick<EventIngester, 'accept'>;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
}

/** One event to publish. Its shape is validated, its `data` is not. */
export interface Publication {
  readonly appId: string;
  readonly event: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Id of the request that contained it, for the log. */
  readonly requestId?: string | undefined;
  /**
   * When the publisher must have its response, in the time of `performance.now()`. All events of a request
   * have the same.
   *
   * @default 7.5 s from now
   */
  readonly deadline?: number | undefined;
}

export interface Published {
  readonly id: string;
  /** Number of webhooks that it is sent to. */
  readonly deliveries: number;
}

export type Publish = (actor: Actor, publication: Publication) => Promise<Published>;

/**
 * Publishes one event: validates it, matches it with the app's webhooks and stores it with its outbox entry
 * (transactional outbox). Resolves once both are durable; from then on, delivery is at-least-once. This is
 * the hot path: the shared commit is the only database call per event.
 *
 * Rejects by the publication's deadline, and only with errors for the publisher.
 */
export function createPublish({ access, webhookCache, ingester, ids, clock, log }: PublishDeps): Publish {
  return async function publish(actor, publication) {
    const { appId, event: type, deadline = toPublishDeadline(performance.now()) } = publication;
    try {
      const owner = access.requireApp(actor, appId, 'events:publish');
      const accountId = typeof owner === 'string' ? owner : await beforeDeadline(owner, deadline);
      const dataText = toPayloadText(type, appId, publication.data);
      const cached = webhookCache.listForApp(appId);
      const webhooks = cached instanceof Promise ? await beforeDeadline(cached, deadline) : cached;
      const acceptedAt = clock.now();
      const event: AcceptedEvent = {
        id: ids.event(acceptedAt),
        appId,
        accountId,
        type,
        timestamp: new Date(publication.timestamp ?? acceptedAt).toISOString(),
        dataText,
        idempotencyKey: publication.idempotencyKey,
        acceptedAt,
        targets: webhooks.filter((webhook) => isSubscribed(webhook, type)).map((webhook) => webhook.id),
        traceparent: publication.traceparent,
      };
      const accepted = await ingester.accept(event, deadline);
      return { id: accepted.id, deliveries: accepted.targets.length };
    } catch (error) {
      if (isTocsinError(error)) throw error;
      // Among the other events of a call, it reaches no error handler that would log it.
      log.error({ err: error, appId, requestId: publication.requestId }, 'an event could not be published');
      throw apiError('INTERNAL', 'an unexpected error occurred; search the logs for the request id', error);
    }
  };
}

/**
 * Serializes `data` as the JSON text that receivers get: fields of the schema in its order, then unknown
 * fields in their given order. `appId` is set from the call; if given, it must match.
 */
export function toPayloadText(
  type: AnyEventType,
  appId: string,
  data: Readonly<Record<string, unknown>>,
): string {
  if (data['appId'] !== undefined && data['appId'] !== appId) {
    throw apiError(
      'INVALID_INPUT',
      `data.appId: ${toDescription(data['appId'])} does not match the app ${appId} of this call`,
    );
  }
  if (isDeeperThan(data, maxDataDepth)) {
    throw apiError('INVALID_INPUT', `data: nesting exceeds the limit of ${maxDataDepth} levels`);
  }
  const parsed = getEventDefinition(type).schema.safeParse(
    data['appId'] === appId ? data : { ...data, appId },
  );
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = ['data', ...(issue?.path ?? [])].join('.');
    throw apiError('INVALID_INPUT', `${where}: ${issue?.message ?? 'is not valid'} (event ${type})`);
  }
  const text = JSON.stringify(parsed.data);
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most texts need no measuring.
  if (text.length * 3 > maxDataBytes && Buffer.byteLength(text) > maxDataBytes) {
    throw apiError(
      'PAYLOAD_TOO_LARGE',
      `data: ${Buffer.byteLength(text)} bytes of JSON exceed the limit of ${maxDataBytes} bytes`,
    );
  }
  return text;
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function toDescription(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : `a value of type ${typeof value}`;
}

/**
 * Publishes the events of one call. An error fails only its own event. Events with the same idempotency key
 * are stored in their listed order, so the first one decides which of the others are in conflict.
 */
export async function publishEach(
  publications: readonly (Publication | TocsinError)[],
  publish: (publication: Publication) => Promise<Published>,
): Promise<PublishManyResult> {
  const lastByKey = new Map<string, Promise<PublishManyResult[number]>>();
  const results = publications.map((publication) => {
    if (isTocsinError(publication)) return Promise.resolve(toFailure(publication));
    const { appId, idempotencyKey } = publication;
    if (idempotencyKey === undefined) return publishOne(publication, publish);
    const key = `${appId} ${idempotencyKey}`;
    const previous = lastByKey.get(key);
    const result =
      previous === undefined
        ? publishOne(publication, publish)
        : previous.then(() => publishOne(publication, publish));
    lastByKey.set(key, result);
    return result;
  });
  return await Promise.all(results);
}

async function publishOne(
  publication: Publication,
  publish: (publication: Publication) => Promise<Published>,
): Promise<PublishManyResult[number]> {
  try {
    const { id, deliveries } = await publish(publication);
    return { ok: true, id, deliveries };
  } catch (error) {
    if (!isTocsinError(error)) throw error;
    return toFailure(error);
  }
}

function toFailure({ code, message, retryable }: TocsinError): PublishManyResult[number] {
  return { ok: false, code, message, retryable };
}
