import type { CreateWebhookInput, Signing, UpdateWebhookInput } from '@tocsin/shared';
import { checkCustomHeaders } from '../../domain/header-rules.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import { toEventTypes } from './webhook-rules.ts';

/*
 * The fields of a webhook from the inputs of create and update, one row for each. A new field of an input
 * compiles only with its row here and its property of Webhook.
 */

/** Input of create. The REST mounts pass unchecked event names and no `signing`. */
export type NewWebhookInput = Omit<CreateWebhookInput, 'events' | 'signing'> & {
  readonly events: readonly string[];
  readonly signing?: Signing | undefined;
};

/** Input of update. The REST mounts pass unchecked event names. */
export type ChangeWebhookInput = Omit<UpdateWebhookInput, 'id' | 'events'> & {
  readonly events?: readonly string[] | undefined;
};

/** The fields that an update changes. `id` selects the webhook, and `backlog` applies to its deliveries. */
export type WebhookPatch = Omit<UpdateWebhookInput, 'id' | 'backlog'>;

/** Validates the fields of a new webhook and applies defaults. */
export async function toNewFields(input: NewWebhookInput, mount: Mount, targets: TargetPolicy) {
  return {
    appId: input.appId,
    profile: input.profile,
    format: input.format,
    events: toEventTypes(input.events, mount),
    headers: checkCustomHeaders(input.headers ?? {}),
    url: await targets.check(input.url),
    enabled: input.enabled,
    description: input.description ?? null,
    rateLimit: input.rateLimit ?? null,
    signing: input.signing ?? 'hmac',
  } satisfies Pick<Webhook, keyof CreateWebhookInput>;
}

/** Validates the fields of an update. Fields that do not change are undefined. */
export async function toChangedFields(before: Webhook, input: ChangeWebhookInput, targets: TargetPolicy) {
  return {
    profile: input.profile,
    format: input.format,
    events: input.events && toEventTypes(input.events, before.mount),
    headers: input.headers && checkCustomHeaders(input.headers),
    url: input.url === undefined ? undefined : await targets.check(input.url),
    enabled: input.enabled,
    description: input.description,
    rateLimit: input.rateLimit,
    signing: input.signing === before.signing ? undefined : input.signing,
  } satisfies ChangedFields<keyof WebhookPatch>;
}

type ChangedFields<K extends keyof Webhook> = { readonly [P in K]: Webhook[P] | undefined };
