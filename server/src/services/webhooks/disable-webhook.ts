import type { DisabledReason } from '@tocsin/shared';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { HealthAgreement, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { CachedWebhooks } from './webhook-cache.ts';

export interface DisableWebhookDeps {
  readonly webhooks: Pick<WebhookStore, 'disable'>;
  readonly webhookCache: Pick<CachedWebhooks, 'forget'>;
  readonly audit: Pick<AuditService, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Disables a webhook on behalf of the system, for example after 410 Gone. Returns false if nothing was changed:
 * it was disabled already, or the stored health does not agree. Never rejects: the attempt that caused it
 * completes either way.
 */
export function createDisableWebhook({ webhooks, webhookCache, audit, clock, log }: DisableWebhookDeps) {
  return async function disableWebhook(
    webhook: Pick<Webhook, 'id' | 'appId' | 'accountId' | 'description'>,
    reason: DisabledReason,
    agreement?: HealthAgreement,
  ): Promise<boolean> {
    const { id, appId, accountId, description } = webhook;
    try {
      const isDisabled = await webhooks.disable(id, reason, clock.now(), agreement);
      if (!isDisabled) return false;
      webhookCache.forget(appId);
      log.warn({ webhookId: id, appId, reason }, 'webhook disabled');
      await audit.record('system', {
        action: 'webhook.disabled',
        accountId,
        appId,
        targetId: id,
        targetName: description,
        details: { reason },
      });
      return true;
    } catch (error) {
      log.error({ err: error, webhookId: id, reason }, 'could not disable the webhook');
      return false;
    }
  };
}
