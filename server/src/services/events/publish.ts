import type { PublishManyResult } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { isTocsinError, type TocsinError, fieldError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import {
  findVersion,
  getLatestVersion,
  type EventType,
  type EventTypeVersion,
} from '../../domain/event-type.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import { isSubscribed } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toPayloadText } from '../event-types/payload-text.ts';
import { toRenderings } from '../event-types/render-versions.ts';
import { requireEventType } from '../event-types/require-event-type.ts';
import { toSearchValues } from '../search/search-values.ts';
import { EventSequence, type SequencePlace } from './event-sequence.ts';
import type { EventIngester } from './ingest.ts';
import { beforeDeadline, toPublishDeadline } from './publish-deadline.ts';
import { reportFaults, unexpectedError } from './publish-faults.ts';

export interface PublishDeps {
  readonly access: Pick<AccessControl, 'requireApp'>;
  readonly webhookCache: Pick<WebhookCache, 'listForApp'>;
  readonly eventTypes: Pick<EventTypes, 'find' | 'listNames'>;
  readonly ingester: Pick<EventIngester, 'accept'>;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
}

/** One event to publish. Its shape is validated, its `data` is not. */
export interface Publication {
  readonly appId: string;
  readonly event: string;
  /** @default the newest version of the type */
  readonly version?: number | undefined;
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
  /** Its place in an ordered call. */
  readonly place?: SequencePlace | undefined;
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
export function createPublish(deps: PublishDeps): Publish {
  const { access, webhookCache, eventTypes, ingester, ids, clock, log } = deps;
  return reportFaults(async function publish(actor, publication) {
    const { appId, event: type, place, deadline = toPublishDeadline(performance.now()) } = publication;
    const owner = access.requireApp(actor, appId, 'events:publish');
    const accountId = typeof owner === 'string' ? owner : await beforeDeadline(owner, deadline);
    const required = requireEventType(eventTypes, accountId, type, 'event');
    const eventType = required instanceof Promise ? await beforeDeadline(required, deadline) : required;
    const version = requireVersion(eventType, publication.version);
    const dataText = toPayloadText(version, appId, publication.data);
    const cached = webhookCache.listForApp(appId);
    const webhooks = cached instanceof Promise ? await beforeDeadline(cached, deadline) : cached;
    const targets = webhooks.filter((webhook) => isSubscribed(webhook, type));
    const turn = place?.findTurn();
    if (turn !== undefined) await beforeDeadline(turn, deadline);
    const fault = place?.findFault();
    if (fault !== undefined) throw fault;
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
      targets: targets.map((webhook) => webhook.id),
      traceparent: publication.traceparent,
      presentation: version.presentation,
      renderings: toRenderings(eventType, version, dataText, targets),
      searchValues: toSearchValues(version.searchable, publication.data),
    };
    const accepting = ingester.accept(event, deadline, place);
    place?.pass();
    const accepted = await accepting;
    return { id: accepted.id, deliveries: accepted.targets.length };
  }, log);
}

function requireVersion(eventType: EventType, version: number | undefined): EventTypeVersion {
  if (version === undefined) return getLatestVersion(eventType);
  const found = findVersion(eventType, version);
  if (found !== undefined) return found;
  const known = eventType.versions.map((candidate) => candidate.version).join(', ');
  throw fieldError('version', `${eventType.name} has no version ${version}; it has ${known}`);
}

/**
 * Publishes the events of one call. An error fails only its own event. Events with the same idempotency key
 * are stored in their listed order, so the first one decides which of the others are in conflict.
 *
 * @param isOrdered whether the events of each app are stored in their listed order
 */
export async function publishEach(
  publications: readonly (Publication | TocsinError)[],
  publish: (publication: Publication) => Promise<Published>,
  isOrdered = false,
): Promise<PublishManyResult> {
  const lastByKey = new Map<string, Promise<PublishManyResult[number]>>();
  const listed = isOrdered ? giveTurns(publications) : publications;
  const results = listed.map((publication) => {
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

/** Gives each event its place among those of its app. */
function giveTurns(
  publications: readonly (Publication | TocsinError)[],
): readonly (Publication | TocsinError)[] {
  const sequences = new Map<string, EventSequence>();
  return publications.map((publication) => {
    if (isTocsinError(publication)) return publication;
    let sequence = sequences.get(publication.appId);
    if (sequence === undefined) sequences.set(publication.appId, (sequence = new EventSequence()));
    return { ...publication, place: sequence.addPlace() };
  });
}

async function publishOne(
  publication: Publication,
  publish: (publication: Publication) => Promise<Published>,
): Promise<PublishManyResult[number]> {
  try {
    const { id, deliveries } = await publish(publication);
    return { ok: true, id, deliveries };
  } catch (error) {
    // An error of one event must not fail the others.
    const failure = isTocsinError(error) ? error : unexpectedError(error);
    publication.place?.fail(failure);
    return toFailure(failure);
  } finally {
    publication.place?.pass();
  }
}

function toFailure(error: TocsinError): PublishManyResult[number] {
  const { code, message, retryable, retryAfterSeconds, problems } = error;
  const failure = { ok: false as const, code, message, retryable, errors: [...problems] };
  return retryAfterSeconds === undefined ? failure : { ...failure, retryAfterSeconds };
}
