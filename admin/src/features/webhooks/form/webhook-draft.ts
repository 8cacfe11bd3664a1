import {
  matchesEventType,
  type ClientCertificateInput,
  type ClientCertificateView,
  type Format,
  type SigningProfile,
  type Signing,
  type WebhookView,
} from '@tocsin/shared';

/** The values of the webhook form. */
export interface WebhookDraft {
  readonly url: string;
  /** Event types and patterns. */
  readonly events: readonly string[];
  /** The versions that types are pinned to. */
  readonly eventVersions: Readonly<Record<string, number>>;
  /**
   * What happens to pending deliveries of the types that an update takes off.
   * @default 'cancel'
   */
  readonly pendingDeliveries?: 'cancel' | 'keep';
  /**
   * Set for new webhooks only. An existing webhook is enabled on its page, which asks what to do with pending
   * deliveries. The form would also overwrite a change that was made while it was open.
   */
  readonly enabled?: boolean;
  readonly profile: SigningProfile;
  readonly signing: Signing;
  readonly format: Format;
  readonly headers: readonly HeaderRow[];
  readonly description: string;
  readonly rateLimit: number | null;
  /** The certificate that the webhook has. Only its description is known here. */
  readonly storedCertificate: ClientCertificateView | null;
  /** A new certificate, null to remove the stored one, undefined to keep it. */
  readonly clientCertificate?: ClientCertificateInput | null | undefined;
}

/** A custom header. Rows with an empty name are ignored. */
export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

export const emptyDraft: WebhookDraft = {
  url: '',
  events: [],
  eventVersions: {},
  enabled: true,
  profile: 'standard',
  signing: 'hmac',
  format: 'auto',
  headers: [],
  description: '',
  rateLimit: null,
  storedCertificate: null,
};

export function toWebhookDraft(webhook: WebhookView): WebhookDraft {
  const { url, events, eventVersions, profile, signing, format, headers, description, rateLimit } = webhook;
  const storedCertificate = webhook.clientCertificate;
  return {
    url,
    events,
    eventVersions,
    profile,
    signing,
    format,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    description: description ?? '',
    rateLimit,
    storedCertificate,
  };
}

/** The input that creating and updating a webhook share. The description differs and is left out. */
export function toWebhookInput(draft: WebhookDraft) {
  const { url, events, eventVersions, enabled, profile, signing, format, headers, rateLimit } = draft;
  const { clientCertificate } = draft;
  return {
    url: url.trim(),
    events: [...events],
    eventVersions,
    ...(enabled !== undefined && { enabled }),
    profile,
    // The other profiles only support HMAC.
    signing: profile === 'standard' ? signing : ('hmac' as const),
    format,
    headers: Object.fromEntries(
      headers.map(({ name, value }) => [name.trim(), value] as const).filter(([name]) => name !== ''),
    ),
    rateLimit,
    ...(clientCertificate !== undefined && { clientCertificate }),
  };
}

/**
 * The input of an update: only what was edited, because others may have changed the rest meanwhile. Leaves
 * out headers that were not edited: a new origin must not get the values of the old one without a decision.
 */
export function toWebhookChange(draft: WebhookDraft, initial: WebhookDraft) {
  const { headers, eventVersions, ...input } = toWebhookInput(draft);
  const { description, pendingDeliveries } = draft;
  return {
    ...pickChanged(input, toWebhookInput(initial)),
    ...(description !== initial.description && { description }),
    ...(draft.headers !== initial.headers && { headers }),
    // The server rejects a pin of a type that was deleted since.
    ...(draft.eventVersions !== initial.eventVersions && { eventVersions }),
    ...(pendingDeliveries !== undefined &&
      listRemovedEvents(draft, initial).length > 0 && { pendingDeliveries }),
  };
}

function pickChanged<T extends object>(after: T, before: Partial<T>): Partial<T> {
  const changed = Object.entries(after).filter(
    // `as`: the names are those of the object.
    ([name, value]) => !isSame(value, before[name as keyof T]),
  );
  // `as`: each field keeps its type.
  return Object.fromEntries(changed) as Partial<T>;
}

/** Compares two values of a form field. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * The event types and patterns that saving takes off an existing webhook. One that a new pattern includes is not
 * taken off.
 */
export function listRemovedEvents(draft: WebhookDraft, initial: WebhookDraft): string[] {
  return initial.events.filter((entry) => !draft.events.some((kept) => matchesEventType(kept, entry)));
}

/** Whether saving drops the custom headers, because the URL has another origin and they were not edited. */
export function dropsHeaders(draft: WebhookDraft, initial: WebhookDraft): boolean {
  if (draft.headers !== initial.headers || initial.headers.length === 0) return false;
  return hasNewOrigin(draft, initial);
}

/** Whether saving drops the client certificate, because the URL has another origin and it is not replaced. */
export function dropsCertificate(draft: WebhookDraft, initial: WebhookDraft): boolean {
  const isKept = initial.storedCertificate !== null && draft.clientCertificate === undefined;
  return isKept && hasNewOrigin(draft, initial);
}

function hasNewOrigin(draft: WebhookDraft, initial: WebhookDraft): boolean {
  const origin = toOrigin(draft.url.trim());
  return origin !== undefined && origin !== toOrigin(initial.url);
}

/** Whether saving replaces the secret, because the profile sends it to a receiver that does not have it. */
export function replacesSecret(draft: WebhookDraft, initial: WebhookDraft): boolean {
  if (draft.profile !== 'authon' || initial.url === '') return false;
  const origin = toOrigin(draft.url.trim());
  return initial.profile !== 'authon' || (origin !== undefined && origin !== toOrigin(initial.url));
}

function toOrigin(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
