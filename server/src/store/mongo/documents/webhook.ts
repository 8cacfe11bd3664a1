import type { AttemptReason, DisabledReason, Format, Signing, SigningProfile } from '@tocsin/shared';
import type { EndpointHealth } from '../../../domain/endpoint-health.ts';
import type { WebhookChange } from '../../../domain/ports/webhook-store.ts';
import { toSearchTerms } from '../../../domain/search-terms.ts';
import type { ClientCertificate, Mount, PreviousSecret, Webhook } from '../../../domain/webhook.ts';
import { toDate, toEpochMs } from './dates.ts';

interface PreviousSecretDoc {
  sealed: string;
  until: Date;
}

interface ClientCertificateDoc {
  sealed: string;
  subject: string;
  expiresAt: Date;
  fingerprint: string;
}

export interface WebhookDoc {
  _id: string;
  /** Missing in documents from before the field: 0. */
  revision?: number;
  appId: string;
  accountId: string;
  mount: Mount;
  profile: SigningProfile;
  format: Format;
  /** Sealed. */
  url: string;
  /** Host and port of the URL. Missing in documents from before the field. */
  host?: string | null;
  /** What the search finds the webhook by. Missing in documents from before the field. */
  terms?: string[];
  events: string[];
  /** Missing: none. */
  keptEvents?: string[];
  /** The pinned versions of event types, whose names have dots. Missing: none. */
  eventVersions?: { type: string; version: number }[];
  enabled: boolean;
  disabledReason: DisabledReason | null;
  secret: string;
  signing: Signing;
  publicKey: string | null;
  previousSecrets: PreviousSecretDoc[];
  /** Sealed JSON. */
  headers: string;
  description: string | null;
  rateLimit: number | null;
  /** Missing in documents from before the field. */
  clientCertificate?: ClientCertificateDoc | null;
  createdAt: Date;
  updatedAt: Date;
  /** When the next test ping is possible; see test-turn-store.ts. */
  nextTestAt?: Date;
}

/** How many webhooks a limit group of an app has. Keeps the limit exact when two calls race. */
export interface WebhookCountDoc {
  _id: string;
  count: number;
}

export interface EndpointHealthDoc {
  _id: string;
  appId: string;
  accountId: string;
  failuresInARow: number;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  lastFailureReason: AttemptReason | null;
  failingSince: Date | null;
  /** When the past of the endpoint stopped to apply: its URL changed, or its webhook was enabled. */
  resetAt?: Date;
  /** The latest epoch of the webhook's partition in which its owner wrote. Missing: 0. */
  epoch?: number;
  /** Transactions that disabled the webhook or tried to. Makes them conflict with other writes. */
  disableChecks?: number;
}

/**
 * The stored fields of a webhook, or of a change to one. A mapping without one of the fields does not
 * compile: callers could set the field, and the value would be lost.
 */
export type StoredFields<T> = {
  [K in keyof T]-?: K extends keyof WebhookDoc ? WebhookDoc[K] | Extract<T[K], undefined> : never;
};

export function toWebhook(doc: WebhookDoc) {
  return {
    id: doc._id,
    revision: doc.revision ?? 0,
    appId: doc.appId,
    accountId: doc.accountId,
    mount: doc.mount,
    profile: doc.profile,
    format: doc.format,
    url: doc.url,
    host: doc.host ?? null,
    events: doc.events,
    keptEvents: doc.keptEvents ?? [],
    eventVersions: toEventVersions(doc.eventVersions),
    enabled: doc.enabled,
    disabledReason: doc.disabledReason,
    secret: doc.secret,
    signing: doc.signing,
    publicKey: doc.publicKey,
    previousSecrets: doc.previousSecrets.map(toPreviousSecret),
    headers: doc.headers,
    description: doc.description,
    rateLimit: doc.rateLimit,
    clientCertificate: toClientCertificate(doc.clientCertificate),
    createdAt: doc.createdAt.getTime(),
    updatedAt: doc.updatedAt.getTime(),
  } satisfies Required<Webhook>;
}

export function toWebhookDoc(webhook: Webhook) {
  return {
    _id: webhook.id,
    revision: webhook.revision,
    appId: webhook.appId,
    accountId: webhook.accountId,
    mount: webhook.mount,
    profile: webhook.profile,
    format: webhook.format,
    url: webhook.url,
    host: webhook.host ?? null,
    terms: toWebhookTerms(webhook),
    events: [...webhook.events],
    keptEvents: [...webhook.keptEvents],
    eventVersions: toEventVersionDocs(webhook.eventVersions),
    enabled: webhook.enabled,
    disabledReason: webhook.disabledReason,
    secret: webhook.secret,
    signing: webhook.signing,
    publicKey: webhook.publicKey,
    previousSecrets: webhook.previousSecrets.map(toPreviousSecretDoc),
    headers: webhook.headers,
    description: webhook.description,
    rateLimit: webhook.rateLimit,
    clientCertificate: toClientCertificateDoc(webhook.clientCertificate),
    createdAt: new Date(webhook.createdAt),
    updatedAt: new Date(webhook.updatedAt),
  } satisfies StoredFields<Omit<Webhook, 'id'>> & Pick<WebhookDoc, '_id' | 'terms'>;
}

/** The fields to set. The driver drops undefined ones (`ignoreUndefined`), so these keep their value. */
export function toWebhookFields(change: WebhookChange) {
  return {
    profile: change.profile,
    format: change.format,
    url: change.url,
    host: change.host,
    events: change.events && [...change.events],
    keptEvents: change.keptEvents && [...change.keptEvents],
    eventVersions: change.eventVersions && toEventVersionDocs(change.eventVersions),
    enabled: change.enabled,
    disabledReason: change.disabledReason,
    secret: change.secret,
    signing: change.signing,
    publicKey: change.publicKey,
    previousSecrets: change.previousSecrets?.map(toPreviousSecretDoc),
    headers: change.headers,
    description: change.description,
    rateLimit: change.rateLimit,
    clientCertificate:
      change.clientCertificate === undefined ? undefined : toClientCertificateDoc(change.clientCertificate),
    updatedAt: change.updatedAt === undefined ? undefined : new Date(change.updatedAt),
  } satisfies StoredFields<WebhookChange>;
}

export function toWebhookTerms({ id, host, description }: Pick<Webhook, 'id' | 'host' | 'description'>) {
  return toSearchTerms([id, host, description]);
}

function toEventVersions(docs: WebhookDoc['eventVersions'] = []): Webhook['eventVersions'] {
  return Object.fromEntries(docs.map(({ type, version }) => [type, version]));
}

function toEventVersionDocs(versions: Webhook['eventVersions']): { type: string; version: number }[] {
  return Object.entries(versions).map(([type, version]) => ({ type, version }));
}

export function toPreviousSecret({ sealed, until }: PreviousSecretDoc): PreviousSecret {
  return { sealed, until: until.getTime() };
}

export function toPreviousSecretDoc({ sealed, until }: PreviousSecret): PreviousSecretDoc {
  return { sealed, until: new Date(until) };
}

export function toClientCertificate(doc: ClientCertificateDoc | null | undefined): ClientCertificate | null {
  if (doc === null || doc === undefined) return null;
  const { sealed, subject, expiresAt, fingerprint } = doc;
  return { sealed, subject, expiresAt: expiresAt.getTime(), fingerprint };
}

export function toClientCertificateDoc(certificate: ClientCertificate | null): ClientCertificateDoc | null {
  if (certificate === null) return null;
  const { sealed, subject, expiresAt, fingerprint } = certificate;
  return { sealed, subject, expiresAt: new Date(expiresAt), fingerprint };
}

export function toHealth(doc: EndpointHealthDoc): EndpointHealth {
  return {
    failuresInARow: doc.failuresInARow,
    lastSuccessAt: toEpochMs(doc.lastSuccessAt),
    lastFailureAt: toEpochMs(doc.lastFailureAt),
    lastFailureReason: doc.lastFailureReason,
    failingSince: toEpochMs(doc.failingSince),
  };
}

export function toHealthFields(
  health: EndpointHealth,
): Omit<EndpointHealthDoc, '_id' | 'appId' | 'accountId' | 'resetAt' | 'epoch' | 'disableChecks'> {
  return {
    failuresInARow: health.failuresInARow,
    lastSuccessAt: toDate(health.lastSuccessAt),
    lastFailureAt: toDate(health.lastFailureAt),
    lastFailureReason: health.lastFailureReason,
    failingSince: toDate(health.failingSince),
  };
}
