import type { ApiKey, App, Account } from '../../../domain/access.ts';
import type { Attempt, Delivery } from '../../../domain/delivery.ts';
import type { EndpointHealth } from '../../../domain/endpoint-health.ts';
import type { AcceptedEvent } from '../../../domain/event.ts';
import type { AuditEntry } from '../../../domain/audit.ts';
import type { PreviousSecret, Webhook } from '../../../domain/webhook.ts';
import type {
  AccountDoc,
  ApiKeyDoc,
  AppDoc,
  AttemptDoc,
  AuditDoc,
  DeliveryDoc,
  EndpointHealthDoc,
  EventDoc,
  WebhookDoc,
} from './collections.ts';

/* Documents to domain objects and back. The one place where Dates become epoch ms and absent fields become null. */

const ms = (date: Date | null | undefined): number | null => (date ? date.getTime() : null);
const date = (epochMs: number | null): Date | null => (epochMs === null ? null : new Date(epochMs));

export function toAccount(doc: AccountDoc): Account {
  return { id: doc._id, name: doc.name, createdAt: doc.createdAt.getTime() };
}

export function toApp(doc: AppDoc): App {
  return { id: doc._id, accountId: doc.accountId, name: doc.name, createdAt: doc.createdAt.getTime() };
}

export function toApiKey(doc: ApiKeyDoc): ApiKey {
  return {
    id: doc._id,
    accountId: doc.accountId,
    name: doc.name,
    scopes: doc.scopes,
    hash: doc.hash,
    prefix: doc.prefix,
    createdAt: doc.createdAt.getTime(),
    expiresAt: ms(doc.expiresAt),
    lastUsedAt: ms(doc.lastUsedAt),
    revokedAt: ms(doc.revokedAt),
  };
}

export function toApiKeyDoc(key: ApiKey): ApiKeyDoc {
  return {
    _id: key.id,
    accountId: key.accountId,
    name: key.name,
    scopes: [...key.scopes],
    hash: key.hash,
    prefix: key.prefix,
    createdAt: new Date(key.createdAt),
    expiresAt: date(key.expiresAt),
    lastUsedAt: date(key.lastUsedAt),
    revokedAt: date(key.revokedAt),
  };
}

export function toWebhook(doc: WebhookDoc): Webhook {
  return {
    id: doc._id,
    appId: doc.appId,
    mount: doc.mount,
    profile: doc.profile,
    format: doc.format,
    url: doc.url,
    events: doc.events,
    enabled: doc.enabled,
    disabledReason: doc.disabledReason,
    secret: doc.secret,
    signing: doc.signing,
    publicKey: doc.publicKey,
    previousSecrets: doc.previousSecrets.map(({ sealed, until }) => ({ sealed, until: until.getTime() })),
    headers: doc.headers,
    description: doc.description,
    rateLimit: doc.rateLimit,
    createdAt: doc.createdAt.getTime(),
    updatedAt: doc.updatedAt.getTime(),
  };
}

export function toWebhookDoc(webhook: Webhook): WebhookDoc {
  const { id, createdAt, updatedAt, previousSecrets, events, headers, ...same } = webhook;
  return {
    _id: id,
    ...same,
    events: [...events],
    headers: { ...headers },
    previousSecrets: previousSecrets.map(toPreviousSecretDoc),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

export function toPreviousSecretDoc({ sealed, until }: PreviousSecret) {
  return { sealed, until: new Date(until) };
}

export function toAuditEntry({ _id, at, ...same }: AuditDoc): AuditEntry {
  return { id: _id, at: at.getTime(), ...same };
}

export function toAuditDoc({ id, at, ...same }: AuditEntry): AuditDoc {
  return { _id: id, at: new Date(at), ...same };
}

export function toHealth(doc: EndpointHealthDoc): EndpointHealth {
  return {
    failuresInARow: doc.failuresInARow,
    lastSuccessAt: ms(doc.lastSuccessAt),
    lastFailureAt: ms(doc.lastFailureAt),
    lastFailureReason: doc.lastFailureReason,
    failingSince: ms(doc.failingSince),
  };
}

export function toHealthFields(health: EndpointHealth): Omit<EndpointHealthDoc, '_id'> {
  return {
    failuresInARow: health.failuresInARow,
    lastSuccessAt: date(health.lastSuccessAt),
    lastFailureAt: date(health.lastFailureAt),
    lastFailureReason: health.lastFailureReason,
    failingSince: date(health.failingSince),
  };
}

export function toEvent(doc: EventDoc): AcceptedEvent {
  return {
    id: doc._id,
    appId: doc.appId,
    type: doc.type,
    timestamp: doc.timestamp.toISOString(),
    dataText: doc.data,
    idempotencyKey: doc.key,
    acceptedAt: doc.at.getTime(),
    targets: doc.targets,
    traceparent: doc.traceparent,
  };
}

/** Runs for every event: fields are set one by one, since spreading costs more than the encoding of the document. */
export function toEventDoc(event: AcceptedEvent): EventDoc {
  const doc: EventDoc = {
    _id: event.id,
    appId: event.appId,
    type: event.type,
    timestamp: new Date(event.timestamp),
    data: event.dataText,
    at: new Date(event.acceptedAt),
    targets: event.targets as string[],
  };
  if (event.idempotencyKey !== undefined) doc.key = event.idempotencyKey;
  if (event.traceparent !== undefined) doc.traceparent = event.traceparent;
  return doc;
}

function toAttempt(doc: AttemptDoc): Attempt {
  return {
    at: doc.at.getTime(),
    durationMs: doc.ms,
    statusCode: doc.status,
    reason: doc.reason ?? null,
    reply: doc.reply ?? '',
  };
}

export function toAttemptDoc(attempt: Attempt): AttemptDoc {
  const doc: AttemptDoc = { at: new Date(attempt.at), ms: attempt.durationMs, status: attempt.statusCode };
  if (attempt.reason !== null) doc.reason = attempt.reason;
  if (attempt.reply !== '') doc.reply = attempt.reply;
  return doc;
}

export function toDelivery(doc: DeliveryDoc): Delivery {
  return {
    id: doc._id,
    eventId: doc.eventId,
    webhookId: doc.webhookId,
    appId: doc.appId,
    type: doc.type,
    status: doc.status,
    reason: doc.reason ?? null,
    attempts: doc.attempts.map(toAttempt),
    attemptCount: doc.attemptCount,
    dueAt: ms(doc.due),
    createdAt: doc.at.getTime(),
    finishedAt: ms(doc.finishedAt),
  };
}
