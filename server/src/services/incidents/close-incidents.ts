import type { EndpointHealth } from '../../domain/endpoint-health.ts';
import type { Incident, IncidentClosure } from '../../domain/incident.ts';
import type { IncidentStore } from '../../domain/ports/incident-store.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';

export interface CloseIncidentsDeps {
  readonly incidents: Pick<IncidentStore, 'list' | 'listAccountsWithUnended' | 'close' | 'remove'>;
  readonly health: Pick<EndpointHealthStore, 'get'>;
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Incidents that one run looks at, in equal shares of accounts. */
const maxIncidents = 1_000;

/** Accounts that one run looks at. The next run continues after them. */
const maxAccounts = 100;

/**
 * Returns a job that ends incidents whose webhook succeeded since, was disabled by a user, or was deleted. It reads the
 * stored health, which is written when an endpoint starts to succeed, so that successes cost nothing. Never rejects.
 */
export function createCloseIncidents(deps: CloseIncidentsDeps) {
  const readSome = createReadSome(deps);
  const { incidents, health, webhooks, clock, log } = deps;
  return async function closeIncidents(): Promise<void> {
    try {
      const ids = [...new Set((await readSome()).map(({ webhookId }) => webhookId))];
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

/** Returns a reader of some unended incidents of some accounts, which all have their turn. */
function createReadSome({ incidents, clock }: Pick<CloseIncidentsDeps, 'incidents' | 'clock'>) {
  let lastAccount: string | undefined;
  /** Where each account goes on that has more incidents than its share. */
  const cursors = new Map<string, string>();

  return async function readSome(): Promise<Incident[]> {
    const accountIds = await incidents.listAccountsWithUnended(lastAccount, maxAccounts);
    if (lastAccount === undefined && accountIds.length < maxAccounts) dropOthers(cursors, accountIds);
    lastAccount = accountIds.length < maxAccounts ? undefined : accountIds.at(-1);
    const limit = Math.floor(maxIncidents / Math.max(1, accountIds.length));
    const found: Incident[] = [];
    for (const accountId of accountIds) {
      const page = { cursor: cursors.get(accountId), limit };
      const query = { accountId, state: 'unended', excludedAppIds: [] } as const;
      const { items, nextCursor } = await incidents.list(query, clock.now(), page);
      if (nextCursor === null) cursors.delete(accountId);
      else cursors.set(accountId, nextCursor);
      found.push(...items);
    }
    return found;
  };
}

function dropOthers(cursors: Map<string, string>, accountIds: readonly string[]): void {
  const kept = new Set(accountIds);
  for (const accountId of cursors.keys()) if (!kept.has(accountId)) cursors.delete(accountId);
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
