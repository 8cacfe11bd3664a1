import type { HealthAgreement } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';

/**
 * Disables a webhook and records the reason. Returns false if nothing was changed, for example because the stored
 * health does not agree. Never rejects.
 */
export type DisableWebhook = (
  webhook: Webhook,
  reason: 'gone' | 'failing_too_long' | 'destination_removed',
  agreement?: HealthAgreement,
) => Promise<boolean>;
