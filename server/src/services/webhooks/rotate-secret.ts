import type { RotatedWebhook, RotateSecretInput, Signing } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import type { FindWebhook } from './find-webhook.ts';
import { generateSecret, type NewSecret } from './generate-secret.ts';
import { hasSecret, toNewSecretFields } from './replace-secret.ts';
import type { WebhookViews } from './webhook-view.ts';

export interface RotateSecretDeps {
  readonly webhooks: Pick<WebhookStore, 'get' | 'update'>;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly findWebhook: FindWebhook;
  readonly views: WebhookViews;
  readonly audit: AuditService;
  readonly calls: Pick<IdempotentCalls, 'run'>;
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
  const { webhooks, secretBox, clock, findWebhook, views, audit, calls, onRotated } = deps;

  async function replaceSecret(
    found: Webhook,
    overlapMs: number,
    reserved: ReservedSecret,
  ): Promise<{ after: Webhook; secret: string }> {
    let before: Webhook | undefined = found;
    while (before !== undefined) {
      const now = clock.now();
      const { signing } = before;
      // Another call can change `signing` meanwhile.
      const next = signing === reserved.signing ? reserved : generateSecret(signing);
      const { secret, fields } = toNewSecretFields(secretBox, before, { signing, overlapMs, next }, now);
      const after = await webhooks.update(before, { ...fields, updatedAt: now });
      if (after !== undefined) return { after, secret };
      before = await webhooks.get(found.id);
    }
    throw apiError('NOT_FOUND', `no webhook ${found.id}`);
  }

  return async function rotateSecret(
    actor: Actor,
    { idempotencyKey, ...input }: RotateSecretInput,
  ): Promise<RotatedWebhook> {
    const { id, overlapHours } = input;
    const before = await findWebhook(actor, id, 'webhooks:write');
    return await calls.run({
      actor,
      operation: 'webhooks.rotateSecret',
      key: idempotencyKey,
      input,
      accountId: before.accountId,
      appId: before.appId,
      reserve: (): ReservedSecret => ({ signing: before.signing, ...generateSecret(before.signing) }),
      getTargetId: () => id,
      work: async (reserved, { entryId, isContinued }) => {
        const { after, secret } =
          isContinued && hasSecret(secretBox, before, reserved.secret)
            ? { after: before, secret: reserved.secret }
            : await replaceSecret(before, overlapHours * hourMs, reserved);
        onRotated(after);
        await audit.record(actor, {
          action: 'webhook.secret_rotated',
          accountId: after.accountId,
          appId: after.appId,
          targetId: after.id,
          targetName: after.description,
          entryId,
          details: { overlapHours },
        });
        return { ...(await views.getView(after, actor)), secret };
      },
    });
  };
}

interface ReservedSecret extends NewSecret {
  readonly signing: Signing;
}
