import type { EndpointHealth } from '../../domain/endpoint-health.ts';
import type { IncidentClosure } from '../../domain/incident.ts';
import type { IncidentStore } from '../../domain/ports/incident-store.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';

export interface CloseIncidentsDeps {
  readonly incidents: Pick<IncidentStore, 'list' | 'close' | 'remove'>;
  readonly health: Pick<EndpointHealthStore, 'get'>;
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Incidents that one run looks at. The next run continues after them. */
const maxIncidents = 1_000;

/**
 * Returns a job that ends incidents whose webhook succeeded since, was disabled by a user, or was deleted. It reads the
 * stored health, which is written when an endpoint starts to succeed, so that successes cost nothing. Never rejects.
 */
export function createCloseIncidents({ incidents, health, webhooks, clock, log }: CloseIncidentsDeps) {
  let cursor: string | undefined;
  return async function closeIncidents(): Promise<void> {
    try {
      const query = { state: 'unended', excludedAppIds: [] } as const;
      const page = await incidents.list(query, clock.now(), { cursor, limit: maxIncidents });
      cursor = page.nextCursor ?? undefined;
      const ids = [...new Set(page.items.map(({ webhookId }) => webhookId))];
      if (ids.length === 0) return;
      const [healthById, found] = await Promise.all([health.get(ids), webhooks.getMany(ids)]);
      const byId = new Map(found.map((webhook) => [webhook.id, webhook]));
      await incidents.remove(ids.filter((id) => !byId.has(id)));
      const now = clock.now();
      await incidents.close(
        found.flatMap((webhook) => toClosure(webhook, healthById.get(webhook.id), now) ?? []),
      );
    } catch (error) {
      log.debug({ err: error }, 'could not close incidents; retrying');
    }
  };
}

function toClosure(
  webhook: Webhook,
  health: EndpointHealth | undefined,
  now: number,
): IncidentClosure | undefined {
  const { id: webhookId, enabled, disabledReason } = webhook;
  if (!enabled && disabledReason === 'by_user') return { webhookId, at: now, by: 'disabled' };
  const succeededAt = health?.lastSuccessAt ?? null;
  return succeededAt === null ? undefined : { webhookId, at: succeededAt, by: 'success' };
}
