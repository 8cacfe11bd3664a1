import type { WebhookBacklog, WebhookBacklogInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { BacklogStore } from '../../domain/ports/backlog-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import { toIsoOrNull } from '../common/iso-time.ts';
import type { FindWebhook } from './find-webhook.ts';

export interface ReadBacklogDeps {
  readonly backlogs: BacklogStore;
  readonly health: Pick<EndpointHealthStore, 'getForDisplay'>;
  readonly findWebhook: FindWebhook;
  readonly clock: Clock;
}

/** Counts what a webhook still has to get, and what failed for good. */
export function createReadBacklog({ backlogs, health, findWebhook, clock }: ReadBacklogDeps) {
  return async function readBacklog(
    actor: Actor,
    { id, failedSince }: WebhookBacklogInput,
  ): Promise<WebhookBacklog> {
    const webhook = await findWebhook(actor, id, 'deliveries:read');
    const since = failedSince === undefined ? await findLastSuccess(id) : Date.parse(failedSince);
    const now = clock.now();
    const found = await backlogs.readBacklog({ webhookId: id, now, failedSince: since });
    return {
      waiting: found.waiting,
      underWay: found.underWay,
      dueNow: found.dueNow,
      oldestAt: toIsoOrNull(found.oldestAt),
      nextAttemptAt: webhook.enabled ? toIsoOrNull(found.nextDueAt) : null,
      failed: found.failed,
      failedSince: toIsoOrNull(since ?? null),
      isCapped: found.isCapped,
    };
  };

  async function findLastSuccess(id: string): Promise<number | undefined> {
    const known = await health.getForDisplay([id]);
    return known.get(id)?.lastSuccessAt ?? undefined;
  }
}

export type ReadBacklog = ReturnType<typeof createReadBacklog>;
