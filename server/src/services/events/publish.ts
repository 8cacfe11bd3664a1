import {
  getEventDefinition,
  type AnyEventType,
  type EventType,
  type PublishManyResult,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { isTocsinError, apiError, type TocsinError } from '../../domain/errors.ts';
import { maxDataBytes, maxDataDepth, type AcceptedEvent } from '../../domain/event.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import { isSubscribed } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { EventIngester } from './ingest.ts';

export interface PublishDeps {
  readonly access: AccessControl;
  readonly webhookCache: WebhookCache;
  readonly ingester: EventIngester;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** One event to publish, its form checked; `data` is still the publisher's word. */
export interface Publication {
  readonly appId: string;
  readonly event: EventType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Of the call that it came in, for the log. */
  readonly requestId?: string | undefined;
}

export interface Published {
  readonly id: string;
  /** How many webhooks it is sent to. */
  readonly deliveries: number;
}

export type Publish = (actor: Actor, publication: Publication) => Promise<Published>;

/**
 * Publishes one event: checked against its schema, matched with the app's webhooks, durable when this resolves.
 * Runs for every event, so nothing here goes to the database except the shared commit.
 */
export function createPublish({ access, webhookCache, ingester, ids, clock }: PublishDeps): Publish {
  return async function publish(actor, publication) {
    const { appId, event: type } = publication;
    const asked = access.requireApp(actor, appId, 'events:publish');
    if (asked !== undefined) await asked;
    const dataText = payloadText(type, appId, publication.data);
    const known = webhookCache.listForApp(appId);
    const webhooks = known instanceof Promise ? await known : known;
    const acceptedAt = clock.now();
    const event: AcceptedEvent = {
      id: ids.event(acceptedAt),
      appId,
      type,
      timestamp: new Date(publication.timestamp ?? acceptedAt).toISOString(),
      dataText,
      idempotencyKey: publication.idempotencyKey,
      acceptedAt,
      targets: webhooks.filter((webhook) => isSubscribed(webhook, type)).map((webhook) => webhook.id),
      traceparent: publication.traceparent,
    };
    const accepted = await ingester.accept(event);
    return { id: accepted.id, deliveries: accepted.targets.length };
  };
}

/**
 * `data` as the JSON text that every receiver gets: the schema's fields in the schema's order, then unknown ones as they
 * came. `appId` is filled from the call, and must agree where it is given.
 */
export function payloadText(
  type: AnyEventType,
  appId: string,
  data: Readonly<Record<string, unknown>>,
): string {
  if (data['appId'] !== undefined && data['appId'] !== appId) {
    throw apiError(
      'INVALID_INPUT',
      `data.appId: ${describe(data['appId'])} is not the app ${appId} of this call`,
    );
  }
  if (isDeeper(data, maxDataDepth)) {
    throw apiError(
      'INVALID_INPUT',
      `data: is nested deeper than the ${maxDataDepth} levels that an event may have`,
    );
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
  // A character is at most 3 bytes of UTF-8, so most texts need not be measured.
  if (text.length * 3 > maxDataBytes && Buffer.byteLength(text) > maxDataBytes) {
    throw apiError(
      'PAYLOAD_TOO_LARGE',
      `data: ${Buffer.byteLength(text)} bytes of JSON are more than the ${maxDataBytes} that an event may have`,
    );
  }
  return text;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : `a value of type ${typeof value}`;
}

/**
 * Publishes the events of one call. An error fails only its own event. Of events with the same idempotency key the first
 * one listed is stored first, so it decides which of the others are in conflict.
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
