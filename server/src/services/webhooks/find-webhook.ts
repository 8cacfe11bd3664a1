import type { Scope } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';

export interface FindWebhookDeps {
  readonly webhooks: Pick<WebhookStore, 'get'>;
  readonly access: AccessControl;
}

export type FindWebhook = (actor: Actor, id: string, scope: Scope) => Promise<Webhook>;

/**
 * Finds a webhook by its id alone. Throws the same NOT_FOUND for a missing webhook and for another account's,
 * so that ids cannot be probed.
 */
export function createFindWebhook({ webhooks, access }: FindWebhookDeps): FindWebhook {
  return async function findWebhook(actor, id, scope) {
    access.requireScope(actor, scope);
    const webhook = await webhooks.get(id);
    if (webhook === undefined || !(await access.canSee(actor, webhook))) {
      throw apiError('NOT_FOUND', `no webhook ${id}`);
    }
    return webhook;
  };
}
