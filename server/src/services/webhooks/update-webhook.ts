import type { Backlog, WebhookView } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { unknownHealth } from '../../domain/endpoint-health.ts';
import { apiError } from '../../domain/errors.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { TargetPolicy } from '../../domain/ports/sending.ts';
import type { EndpointHealthStore, WebhookChange, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { inBatches } from '../common/in-batches.ts';
import type { ReplaceSecret } from './rotate-secret.ts';
import { toChangedFields, type ChangeWebhookInput } from './webhook-fields.ts';
import { checkBacklog, checkSigning } from './webhook-rules.ts';
import type { WebhookViews } from './webhook-view.ts';

/**
 * Called after a change of a webhook is stored. `resetsHealth`: the past of its endpoint no longer applies.
 */
type OnWebhookChanged = (webhook: Pick<Webhook, 'id' | 'appId'>, resetsHealth: boolean) => void;

export interface UpdateWebhookDeps {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly health: EndpointHealthStore;
  readonly replaceSecret: ReplaceSecret;
  readonly views: WebhookViews;
  readonly audit: AuditService;
  readonly targets: TargetPolicy;
  readonly clock: Clock;
  /** Cancels the pending deliveries of a disabled webhook that must not be sent. */
  readonly cancelBacklog: (actor: Actor, webhook: Webhook, backlog: Backlog) => Promise<void>;
  readonly onChanged: OnWebhookChanged;
}

const hourMs = 60 * 60 * 1000;

/** Pending deliveries of a disabled webhook leave the queue for this long before they are checked again. */
const deferMs = hourMs;

/** Overlap of both secrets after a change of `signing`: the default overlap of a rotation. */
const signingOverlapMs = 24 * hourMs;

/** Changes the given fields of a webhook. The caller has checked access to it. */
export function createUpdateWebhook(deps: UpdateWebhookDeps) {
  const { webhooks, replaceSecret, views, audit, targets, clock, cancelBacklog } = deps;
  return async function updateWebhook(
    actor: Actor,
    before: Webhook,
    input: ChangeWebhookInput,
  ): Promise<WebhookView> {
    const fields = await toChangedFields(before, input, targets);
    const { enabled, signing } = fields;
    checkSigning(signing ?? before.signing, fields.profile ?? before.profile);
    checkBacklog(before, enabled, input.backlog);
    const disabledReason = enabled === true ? null : (before.disabledReason ?? 'by_user');
    const change: WebhookChange = {
      ...fields,
      disabledReason: enabled === undefined ? undefined : disabledReason,
      updatedAt: clock.now(),
    };
    // Before the webhook is enabled, because the backlog would be sent afterwards.
    if (input.backlog !== undefined) await cancelBacklog(actor, before, input.backlog);
    // One write for both, so that no attempt finds a profile with a secret that it cannot use.
    const after =
      signing === undefined
        ? await webhooks.update(before.id, change)
        : (await replaceSecret(before, { signing, overlapMs: signingOverlapMs, change })).after;
    if (after === undefined) throw apiError('NOT_FOUND', `no webhook ${before.id}`);
    await applyChange(deps, before, after);
    await audit.record(actor, {
      action: 'webhook.updated',
      accountId: after.accountId,
      appId: after.appId,
      targetId: after.id,
      details: {
        changed: Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name])),
      },
    });
    return await views.getView(after);
  };
}

/** Applies the effects of a change outside the record: endpoint health, caches and pending deliveries. */
async function applyChange(deps: UpdateWebhookDeps, before: Webhook, after: Webhook): Promise<void> {
  const { health, deliveries, clock, onChanged } = deps;
  const resetsHealth = after.url !== before.url || (after.enabled && !before.enabled);
  if (resetsHealth) await health.save([{ webhook: after, health: unknownHealth }]);
  onChanged(after, resetsHealth);
  const now = clock.now();
  if (before.enabled && !after.enabled) {
    await inBatches((limit) => deliveries.defer(after.id, now + deferMs, limit));
  }
  if (after.enabled && resetsHealth) await inBatches((limit) => deliveries.resume(after.id, now, limit));
}
