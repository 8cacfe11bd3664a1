import type { AuditDetails, Backlog, UpdatedWebhook } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import type { WebhookChange, WebhookStore } from '../../domain/ports/webhook-store.ts';
import {
  openHeaders,
  openUrl,
  sealClientCertificate,
  sealHeaders,
  sealUrl,
  toUrlHost,
} from '../../domain/webhook-endpoint.ts';
import { canDeliver, type Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { inBatches } from '../common/in-batches.ts';
import { toNewSecretFields } from './replace-secret.ts';
import {
  isNewOrigin,
  toChangedFields,
  toKeptEvents,
  type ChangeWebhookInput,
  type StoredEndpoint,
} from './webhook-fields.ts';
import {
  checkBacklog,
  checkPendingDeliveries,
  checkRevision,
  checkSigning,
  mustReplaceSecret,
} from './webhook-rules.ts';
import { listWebhookChanges, toWebhookName } from './webhook-changes.ts';
import type { WebhookViews } from './webhook-view.ts';

/**
 * Called after a change of a webhook is stored. `resetsHealth`: the past of its endpoint no longer applies.
 */
type OnWebhookChanged = (webhook: Pick<Webhook, 'id' | 'appId'>, resetsHealth: boolean) => void;

export interface UpdateWebhookDeps {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly secretBox: SecretBox;
  readonly views: WebhookViews;
  readonly audit: AuditService;
  readonly targets: TargetPolicy;
  readonly eventTypes: Pick<EventTypes, 'find' | 'listNames'>;
  readonly clock: Clock;
  /** Cancels the pending deliveries of a disabled webhook that must not be sent. */
  readonly cancelBacklog: (actor: Actor, webhook: Webhook, backlog: Backlog) => Promise<void>;
  /** Cancels the pending deliveries of the types that a webhook does not take any more. */
  readonly cancelUnsubscribed: (actor: Actor, webhook: Webhook) => Promise<void>;
  readonly onChanged: OnWebhookChanged;
}

const hourMs = 60 * 60 * 1000;

/** Overlap of both secrets after a change of `signing`: the default overlap of a rotation. */
const signingOverlapMs = 24 * hourMs;

/** Changes the given fields of a webhook. The caller has checked access to it. */
export function createUpdateWebhook(deps: UpdateWebhookDeps) {
  const { webhooks, views, audit, cancelBacklog } = deps;

  /** Writes the change. If another call changed the webhook first, starts again from that change. */
  async function writeChange(found: Webhook, input: ChangeWebhookInput): Promise<AppliedChange> {
    let before: Webhook | undefined = found;
    while (before !== undefined) {
      checkRevision(before, input.expectedRevision);
      const { change, resetsHealth, ...outcome } = await toChange(deps, before, input);
      const resetAt = resetsHealth ? change.updatedAt : undefined;
      const after = await webhooks.update(before, change, resetAt, input.expectedRevision);
      if (after !== undefined) return { ...outcome, resetsHealth, before, after };
      before = await webhooks.get(found.id);
    }
    throw apiError('NOT_FOUND', `no webhook ${found.id}`);
  }

  return async function updateWebhook(
    actor: Actor,
    found: Webhook,
    input: ChangeWebhookInput,
  ): Promise<UpdatedWebhook> {
    checkRevision(found, input.expectedRevision);
    checkBacklog(found, input.enabled, input.backlog);
    checkPendingDeliveries(input.events, input.pendingDeliveries);
    // Rejects an invalid change before the backlog is cancelled.
    if (input.backlog !== undefined) await toChange(deps, found, input);
    // Before the webhook is enabled, because the backlog would be sent afterwards.
    if (input.backlog !== undefined) await cancelBacklog(actor, found, input.backlog);
    const { before, after, resetsHealth, ...outcome } = await writeChange(found, input);
    const { secret, droppedHeaders } = outcome;
    const dropped = {
      ...(droppedHeaders.length === 0 ? {} : { droppedHeaders }),
      ...(outcome.dropsCertificate ? { droppedClientCertificate: true as const } : {}),
    };
    await applyChange(deps, before, after, resetsHealth);
    const changes = listWebhookChanges(deps.secretBox, before, after);
    await audit.record(actor, {
      action: 'webhook.updated',
      accountId: after.accountId,
      appId: after.appId,
      targetId: after.id,
      targetName: toWebhookName(deps.secretBox, after),
      changes,
      details: {
        changed: [...new Set(changes.map(({ field }) => field.replace(/\..*/, '')))],
        ...toBacklogDetails(input.backlog),
        ...(input.pendingDeliveries === undefined ? {} : { pendingDeliveries: input.pendingDeliveries }),
        ...(secret === undefined ? {} : { secretReplaced: true }),
        ...dropped,
      },
    });
    // After the change, so that the owner adds no pending deliveries of these types. What is left ends when it is due.
    if (before.events.some((type) => !canDeliver(after, type))) await deps.cancelUnsubscribed(actor, after);
    return {
      ...(await views.getView(after, actor)),
      ...(secret === undefined ? {} : { secret }),
      ...dropped,
    };
  };
}

/** What the caller chose for the pending deliveries of a disabled webhook. */
function toBacklogDetails(backlog: Backlog | undefined): AuditDetails {
  if (backlog === undefined) return {};
  return typeof backlog === 'string' ? { backlog } : { backlogSince: backlog.since };
}

interface ChangeOutcome {
  /** Whether the past of the endpoint no longer applies: another URL, or the webhook is enabled. */
  readonly resetsHealth: boolean;
  /** The new secret, if the change generates one. */
  readonly secret: string | undefined;
  /** Names of custom headers that a new origin must not get. */
  readonly droppedHeaders: string[];
  /** Whether a new origin must not get the client certificate. */
  readonly dropsCertificate: boolean;
}

interface AppliedChange extends ChangeOutcome {
  readonly before: Webhook;
  readonly after: Webhook;
}

/** Derives the change of an update from the webhook as it is stored. */
async function toChange(
  deps: UpdateWebhookDeps,
  before: Webhook,
  input: ChangeWebhookInput,
): Promise<ChangeOutcome & { readonly change: WebhookChange & { readonly updatedAt: number } }> {
  const { secretBox, clock } = deps;
  const stored = openStored(secretBox, before);
  const { url, headers, clientCertificate, ...fields } = await toChangedFields(before, stored, input, deps);
  const profile = fields.profile ?? before.profile;
  const signing = fields.signing ?? before.signing;
  checkSigning(signing, profile);
  const hasNewOrigin = isNewOrigin(stored, url);
  const now = clock.now();
  const isForced = mustReplaceSecret(before.profile, profile, hasNewOrigin);
  const overlapMs = isForced ? 0 : signingOverlapMs;
  // One write for both, so that no attempt finds a profile with a secret that it cannot use.
  const replaced =
    isForced || fields.signing !== undefined
      ? toNewSecretFields(secretBox, before, { signing, overlapMs }, now)
      : undefined;
  const disabledReason = fields.enabled === true ? null : (before.disabledReason ?? 'by_user');
  return {
    change: {
      ...fields,
      ...replaced?.fields,
      keptEvents: toKeptEvents(before, input),
      url: url === undefined ? undefined : sealUrl(secretBox, before.id, url),
      host: url === undefined ? undefined : toUrlHost(url),
      headers: headers === undefined ? undefined : sealHeaders(secretBox, before.id, headers),
      clientCertificate: clientCertificate && sealClientCertificate(secretBox, before.id, clientCertificate),
      disabledReason: fields.enabled === undefined ? undefined : disabledReason,
      updatedAt: now,
    },
    resetsHealth: (url !== undefined && url !== stored.url) || (fields.enabled === true && !before.enabled),
    secret: replaced?.secret,
    droppedHeaders: hasNewOrigin
      ? Object.keys(stored.headers ?? {}).filter((name) => headers?.[name] === undefined)
      : [],
    dropsCertificate: hasNewOrigin && before.clientCertificate !== null && !input.clientCertificate,
  };
}

/** Opens the URL and the headers of a webhook. Undefined if no key decrypts them, so that they can be set. */
function openStored(secretBox: SecretBox, webhook: Webhook): StoredEndpoint {
  const tryOpen = <T>(open: () => T): T | undefined => {
    try {
      return open();
    } catch {
      return undefined;
    }
  };
  return {
    url: tryOpen(() => openUrl(secretBox, webhook)),
    headers: tryOpen(() => openHeaders(secretBox, webhook)),
  };
}

/** Applies the effects of a change outside its transaction: caches and pending deliveries. */
async function applyChange(
  { deliveries, clock, onChanged }: UpdateWebhookDeps,
  before: Webhook,
  after: Webhook,
  resetsHealth: boolean,
): Promise<void> {
  if (after.enabled && resetsHealth) {
    const now = clock.now();
    const which = before.enabled ? 'paused' : 'all';
    await inBatches((limit) => deliveries.resume(after.id, which, now, limit));
  }
  // Last, because it makes the owner look for due deliveries.
  onChanged(after, resetsHealth);
}
