import type { RotatedWebhook, RotateSecretInput, Signing } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookChange, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { FindWebhook } from './find-webhook.ts';
import { generateSecret } from './generate-secret.ts';
import { toPreviousSecrets } from './webhook-rules.ts';
import type { WebhookViews } from './webhook-view.ts';

export interface ReplaceSecretDeps {
  readonly webhooks: WebhookStore;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
}

interface Replacement {
  readonly signing: Signing;
  /** How long the old secret stays valid. */
  readonly overlapMs: number;
  /** Other fields to change in the same write. */
  readonly change?: WebhookChange;
}

export type ReplaceSecret = (
  webhook: Webhook,
  replacement: Replacement,
) => Promise<{ readonly after: Webhook; readonly secret: string }>;

/**
 * Gives a webhook a new secret. If another call has just replaced the secret, it starts again from that one,
 * so that two concurrent rotations both take effect.
 */
export function createReplaceSecret({ webhooks, secretBox, clock }: ReplaceSecretDeps): ReplaceSecret {
  return async function replaceSecret(webhook, { signing, overlapMs, change }) {
    let before: Webhook | undefined = webhook;
    while (before !== undefined) {
      const now = clock.now();
      const { secret, publicKey } = generateSecret(signing);
      const after = await webhooks.replaceSecret(before.id, before.secret, {
        ...change,
        signing,
        secret: secretBox.encrypt(secret),
        publicKey,
        previousSecrets: toPreviousSecrets(before, now, overlapMs),
        updatedAt: now,
      });
      if (after !== undefined) return { after, secret };
      before = await webhooks.get(before.id);
    }
    throw apiError('NOT_FOUND', `no webhook ${webhook.id}`);
  };
}

export interface RotateSecretDeps {
  readonly findWebhook: FindWebhook;
  readonly replaceSecret: ReplaceSecret;
  readonly views: WebhookViews;
  readonly audit: AuditService;
  /** Called after the new secret is stored. */
  readonly onRotated: (webhook: Webhook) => void;
}

const hourMs = 60 * 60 * 1000;

/**
 * Rotates a secret. Only this result contains the new one. Deliveries are signed with both during the
 * overlap.
 */
export function createRotateSecret(deps: RotateSecretDeps) {
  const { findWebhook, replaceSecret, views, audit, onRotated } = deps;
  return async function rotateSecret(
    actor: Actor,
    { id, overlapHours }: RotateSecretInput,
  ): Promise<RotatedWebhook> {
    const before = await findWebhook(actor, id, 'webhooks:write');
    const { after, secret } = await replaceSecret(before, {
      signing: before.signing,
      overlapMs: overlapHours * hourMs,
    });
    onRotated(after);
    await audit.record(actor, {
      action: 'webhook.secret_rotated',
      accountId: after.accountId,
      appId: after.appId,
      targetId: after.id,
      details: { overlapHours },
    });
    return { ...(await views.getView(after)), secret };
  };
}
