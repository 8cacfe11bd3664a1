import {
  maskText,
  maskUrl,
  type CreateWebhookInput,
  type Signing,
  type UpdateWebhookInput,
} from '@tocsin/shared';
import { fieldError } from '../../domain/errors.ts';
import { checkCustomHeaders } from '../../domain/header-rules.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import type { CustomHeaders, OpenClientCertificate } from '../../domain/webhook-endpoint.ts';
import { selectsEventType } from '../../domain/select-event-types.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import { checkFields } from '../common/check-fields.ts';
import { checkGivenUrl } from '../common/given-url.ts';
import { checkClientCertificate } from './client-certificate.ts';
import { toEventVersions, toSubscribedEvents } from './webhook-rules.ts';

/*
 * The fields of a webhook from the inputs of create and update, one row for each. A new field of an input
 * compiles only with its row here and its property of Webhook.
 */

/** The fields that create sets. The REST mounts pass unchecked event names and no `signing`. */
export type NewWebhookInput = Omit<CreateWebhookInput, 'idempotencyKey' | 'events' | 'signing'> & {
  readonly events: readonly string[];
  readonly signing?: Signing | undefined;
};

/** Input of update. The REST mounts pass unchecked event names. */
export type ChangeWebhookInput = Omit<UpdateWebhookInput, 'id' | 'events'> & {
  readonly events?: readonly string[] | undefined;
};

/**
 * The fields that an update changes. `id` and `expectedRevision` select the webhook, and `backlog` and
 * `pendingDeliveries` apply to its deliveries.
 */
export type WebhookPatch = Omit<
  UpdateWebhookInput,
  'id' | 'expectedRevision' | 'backlog' | 'pendingDeliveries'
>;

/** What the validation of fields needs. */
export interface FieldDeps {
  readonly targets: TargetPolicy;
  readonly eventTypes: Pick<EventTypes, 'find' | 'listNames'>;
  readonly clock: Clock;
}

/** Validates the fields of a new webhook of an account and applies defaults. */
export async function toNewFields(
  input: NewWebhookInput,
  accountId: string,
  mount: Mount,
  { targets, eventTypes, clock }: FieldDeps,
) {
  const { clientCertificate } = input;
  const checked = await checkFields({
    events: () => toSubscribedEvents(eventTypes, input.events, { mount, accountId }),
    eventVersions: () => toEventVersions(eventTypes, accountId, input.eventVersions ?? {}),
    headers: () => checkCustomHeaders(input.headers ?? {}),
    url: () => checkGivenUrl(targets, { field: 'url', url: input.url, accountId, hasStored: false }),
    clientCertificate: () =>
      clientCertificate ? checkClientCertificate(clientCertificate, clock.now()) : null,
  });
  return {
    ...checked,
    appId: input.appId,
    profile: input.profile,
    format: input.format,
    enabled: input.enabled,
    description: input.description ?? null,
    rateLimit: input.rateLimit ?? null,
    signing: input.signing ?? 'hmac',
  } satisfies OpenFields<keyof Omit<CreateWebhookInput, 'idempotencyKey'>>;
}

/** The stored URL and headers, which decide what a masked value means. Undefined if no key decrypts them. */
export interface StoredEndpoint {
  readonly url: string | undefined;
  readonly headers: CustomHeaders | undefined;
}

/**
 * Validates the fields of an update. Fields that do not change are undefined. A masked URL or header value
 * stands for the stored one.
 */
export async function toChangedFields(
  before: Webhook,
  stored: StoredEndpoint,
  input: ChangeWebhookInput,
  { targets, eventTypes, clock }: FieldDeps,
) {
  const { events, eventVersions } = input;
  const checked = await checkFields({
    url: () =>
      toChangedUrl(stored, input.url, (url) =>
        checkGivenUrl(targets, { field: 'url', url, accountId: before.accountId, hasStored: true }),
      ),
    events: () => events && toSubscribedEvents(eventTypes, events, before, before.events),
    eventVersions: () => eventVersions && toEventVersions(eventTypes, before.accountId, eventVersions),
  });
  const hasNewOrigin = isNewOrigin(stored, checked.url);
  return {
    ...checked,
    profile: input.profile,
    format: input.format,
    headers: toChangedHeaders(stored, input.headers, hasNewOrigin),
    enabled: input.enabled,
    description: input.description,
    rateLimit: input.rateLimit,
    signing: input.signing === before.signing ? undefined : input.signing,
    clientCertificate: toChangedCertificate(input.clientCertificate, hasNewOrigin, clock.now()),
  } satisfies Changed<OpenFields<keyof WebhookPatch>>;
}

/**
 * The types and patterns whose pending deliveries are still sent after an update. Undefined if it does not change
 * `events`. A type that another entry of `events` matches is not taken off.
 */
export function toKeptEvents(
  before: Webhook,
  { events, pendingDeliveries }: ChangeWebhookInput,
): string[] | undefined {
  if (events === undefined) return undefined;
  const candidates = [...before.keptEvents, ...(pendingDeliveries === 'keep' ? before.events : [])];
  return [...new Set(candidates)].filter((entry) => !selectsEventType(events, entry));
}

/** Whether a URL sends to another origin than the stored one. An unreadable URL has no known origin. */
export function isNewOrigin(stored: StoredEndpoint, url: string | undefined): boolean {
  if (url === undefined) return false;
  return stored.url === undefined || new URL(url).origin !== new URL(stored.url).origin;
}

async function toChangedUrl(
  stored: StoredEndpoint,
  url: string | undefined,
  check: (url: string) => Promise<string>,
): Promise<string | undefined> {
  if (url === undefined) return undefined;
  if (stored.url !== undefined && url === maskUrl(stored.url)) return undefined;
  return await check(url);
}

function toChangedHeaders(
  stored: StoredEndpoint,
  headers: CustomHeaders | undefined,
  hasNewOrigin: boolean,
): CustomHeaders | undefined {
  // The values are credentials of the old receiver, which the new one must not get.
  if (headers === undefined) return hasNewOrigin ? {} : undefined;
  const given = Object.entries(headers).map(([name, value]): [string, string] => {
    if (value !== maskText) return [name, value];
    const kept = hasNewOrigin ? undefined : stored.headers?.[name.toLowerCase()];
    if (kept !== undefined) return [name, kept];
    throw fieldError(
      'headers',
      `${JSON.stringify(name.slice(0, 64))} has a masked value and no stored one to keep; send the value`,
    );
  });
  return checkCustomHeaders(Object.fromEntries(given));
}

/** A certificate is a credential of the old receiver, as headers are. */
function toChangedCertificate(
  given: ChangeWebhookInput['clientCertificate'],
  hasNewOrigin: boolean,
  now: number,
): OpenClientCertificate | null | undefined {
  if (given) return checkClientCertificate(given, now);
  return hasNewOrigin ? null : given;
}

/** The fields before URL, headers and certificate are sealed. */
type OpenFields<K extends keyof Webhook> = Omit<Pick<Webhook, K>, 'url' | 'headers' | 'clientCertificate'> & {
  readonly url: string;
  readonly headers: CustomHeaders;
  readonly clientCertificate: OpenClientCertificate | null;
};
type Changed<T> = { readonly [P in keyof T]: T[P] | undefined };
