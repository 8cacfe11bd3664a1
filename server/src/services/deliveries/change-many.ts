import type { CancelManyInput, ChangedDeliveries, ChangedDelivery, RetryManyInput } from '@tocsin/shared';
import { getAccountLimit, type Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { ReconciliationStore } from '../../domain/ports/reconciliation-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { CallRun, IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import { findRetryFault, toBeingSent, toEventFault, type ChangeFault } from './retry-fault.ts';

export interface ChangeManyDeps {
  readonly deliveries: Pick<DeliveryStore, 'getMany' | 'retryMany' | 'cancelMany'>;
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly existing: Pick<ReconciliationStore, 'findExistingEvents'>;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly clock: Clock;
  /** Called when a delivery of the webhook is due. */
  readonly notifyDue: (webhookId: string) => void;
  /** Retention time in ms. */
  readonly keepMs: number;
}

type Operation = 'deliveries.retryMany' | 'deliveries.cancelMany';

/** What became of the deliveries of a call that the caller can see. */
interface Changes {
  readonly done: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, ChangeFault>;
}

type ChangeVisible = (visible: readonly Delivery[]) => Promise<Changes>;

/** Retries and cancels of chosen deliveries. Each reads and writes all of them at once. */
export function createChangeMany(deps: ChangeManyDeps) {
  const { deliveries, access, calls, clock, notifyDue } = deps;

  async function changeAll(
    actor: Actor,
    operation: Operation,
    { ids, idempotencyKey }: RetryManyInput,
    change: ChangeVisible,
  ): Promise<ChangedDeliveries> {
    access.requireScope(actor, 'deliveries:write');
    return await calls.run({
      actor,
      operation,
      key: idempotencyKey,
      input: { ids },
      accountId: getAccountLimit(actor) ?? null,
      appId: null,
      reserve: () => ({}),
      getTargetId: () => null,
      work: async (_reserved, run) => {
        const visible = await findVisible(deps, actor, ids);
        if (visible.length === 0) throw apiError('NOT_FOUND', `no delivery ${ids.join(' or ')}`);
        const changes = await change(visible);
        const changed = visible.filter(({ id }) => changes.done.has(id));
        await recordChanges(deps, actor, changed, { ...run, operation });
        return { changed: changed.length, results: ids.map((id) => toResult(id, changes)) };
      },
    });
  }

  return {
    /** Makes deliveries due now, whatever their status. Skips those that cannot be sent again. */
    async retryMany(actor: Actor, input: RetryManyInput): Promise<ChangedDeliveries> {
      return await changeAll(actor, 'deliveries.retryMany', input, async (visible) => {
        const faults = await findRetryFaults(deps, visible);
        const retryable = visible.filter(({ id }) => !faults.has(id));
        const done = await deliveries.retryMany(retryable, clock.now());
        for (const webhookId of new Set(retryable.map((delivery) => delivery.webhookId)))
          notifyDue(webhookId);
        for (const { id } of retryable) if (!done.has(id)) faults.set(id, toBeingSent({ id }));
        return { done, faults };
      });
    },

    /** Cancels pending deliveries. Skips those that ended, and those whose first attempt is under way. */
    async cancelMany(actor: Actor, input: CancelManyInput): Promise<ChangedDeliveries> {
      return await changeAll(actor, 'deliveries.cancelMany', input, async (visible) => {
        const pending = visible.filter(({ status }) => status === 'pending').map(({ id }) => id);
        const done = await deliveries.cancelMany(pending, 'cancelled_by_user', clock.now());
        const faults = new Map(
          visible
            .filter(({ id }) => !done.has(id))
            .map((delivery) => [
              delivery.id,
              delivery.status === 'pending' ? toBeingSent(delivery) : toNotPending(delivery),
            ]),
        );
        return { done, faults };
      });
    },
  };
}

/** Checks each app once, however many deliveries it has. */
async function findVisible(
  { deliveries, access }: ChangeManyDeps,
  actor: Actor,
  ids: readonly string[],
): Promise<Delivery[]> {
  const found = await deliveries.getMany([...new Set(ids)]);
  const owners = new Map(found.map((delivery) => [toOwner(delivery), delivery]));
  const seen = new Map(
    await Promise.all(
      [...owners].map(async ([owner, delivery]) => [owner, await access.canSee(actor, delivery)] as const),
    ),
  );
  return found.filter((delivery) => seen.get(toOwner(delivery)) === true);
}

function toOwner({ accountId, appId }: Delivery): string {
  return `${accountId} ${appId}`;
}

async function findRetryFaults(
  { webhooks, existing, clock, keepMs }: ChangeManyDeps,
  visible: readonly Delivery[],
): Promise<Map<string, ChangeFault>> {
  const limit = toRetentionLimit(clock.now(), keepMs);
  const [known, events] = await Promise.all([
    webhooks.getMany([...new Set(visible.map(({ webhookId }) => webhookId))]),
    existing.findExistingEvents([...new Set(visible.map(({ eventId }) => eventId))]),
  ]);
  const byId = new Map(known.map((webhook) => [webhook.id, webhook]));
  const faults = new Map<string, ChangeFault>();
  for (const delivery of visible) {
    const fault =
      findRetryFault(delivery, byId.get(delivery.webhookId), limit) ??
      (events.has(delivery.eventId) ? undefined : toEventFault(delivery));
    if (fault !== undefined) faults.set(delivery.id, fault);
  }
  return faults;
}

function toNotPending({ id, status }: Delivery): ChangeFault {
  return {
    skipped: 'not_pending',
    message: `delivery ${id} is ${status}; only pending ones can be cancelled`,
  };
}

function toResult(id: string, { done, faults }: Changes): ChangedDelivery {
  if (done.has(id)) return { id, ok: true, skipped: null, message: null };
  const { skipped, message } = faults.get(id) ?? { skipped: 'not_found', message: `no delivery ${id}` };
  return { id, ok: false, skipped, message };
}

/** One entry for each app, because an entry belongs to one. */
async function recordChanges(
  { audit }: ChangeManyDeps,
  actor: Actor,
  changed: readonly Delivery[],
  { operation, entryId }: Pick<CallRun, 'entryId'> & { readonly operation: Operation },
): Promise<void> {
  const action = operation === 'deliveries.retryMany' ? 'deliveries.retried' : 'deliveries.cancelled';
  const groups = [...groupBy(changed, toOwner).values()];
  await Promise.all(
    groups.map(async (some) => {
      const [{ accountId, appId, webhookId } = { accountId: null, appId: null, webhookId: '' }] = some;
      const isOfOneWebhook = some.every((delivery) => delivery.webhookId === webhookId);
      await audit.record(actor, {
        action,
        accountId,
        appId,
        targetId: isOfOneWebhook ? webhookId : null,
        // Of a call that is continued, only one entry can have the id that was reserved.
        entryId: groups.length === 1 ? entryId : undefined,
        details: { count: some.length, ids: some.map(({ id }) => id) },
      });
    }),
  );
}
