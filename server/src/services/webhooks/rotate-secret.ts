import type { RotatedWebhook, RotateSecretInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { FindWebhook } from './find-webhook.ts';
import { toNewSecretFields } from './replace-secret.ts';
import type { WebhookViews } from './webhook-view.ts';

export interface RotateSecretDeps {
  readonly webhooks: Pick<WebhookStore, 'get' | 'update'>;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly findWebhook: FindWebhook;
  readonly views: WebhookViews;
  readonly audit: AuditService;
  /** Called after the new secret is stored. */
  readonly onRotated: (webhook: Webhook) => void;
}

const hourMs = 60 * 60 * 1000;

/**
 * Rotates a secret. Only this result contains the new one. Deliveries are signed with both during the
 * overlap. If another call has just changed the webhook, it starts again from that change, so that two
 * concurrent rotations both take effect.
 */
export function createRotateSecret(deps: RotateSecretDeps) {
  const { webhooks, secretBox, clock, findWebhook, views, audit, onRotated } = deps;

  async function replaceSecret(
    found: Webhook,
    overlapMs: number,
  ): Promise<{ after: Webhook; secret: string }> {
    let before: Webhook | undefined = found;
    while (before !== undefined) {
      const now = clock.now();
      const { secret, fields } = toNewSecretFields(
        secretBox,
        before,
        { signing: before.signing, overlapMs },
        now,
      );
      const after = await webhooks.update(before, { ...fields, updatedAt: now });
      if (after !== undefined) return { after, secret };
      before = await webhooks.get(found.id);
    }
    throw apiError('NOT_FOUND', `no webhook ${found.id}`);
  }

  return async function rotateSecret(
    actor: Actor,
    { id, overlapHours }: RotateSecretInput,
  ): Promise<RotatedWebhook> {
    const before = await findWebhook(actor, id, 'webhooks:write');
    const { after, secret } = await replaceSecret(before, overlapHours * hourMs);
    onRotated(after);
    await audit.record(actor, {
      action: 'webhook.secret_rotated',
      accountId: after.accountId,
      appId: after.appId,
      targetId: after.id,
      details: { overlapHours },
    });
    return { ...(await views.getView(after, actor)), secret };
  };
}
