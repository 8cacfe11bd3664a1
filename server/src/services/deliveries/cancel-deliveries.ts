import type { Backlog, CancelInput, CancelResult } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { CancellationStore, DeliveryChoice } from '../../domain/ports/bulk-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { inBatches } from '../common/in-batches.ts';
import { iso } from '../common/iso-time.ts';

export interface CancellationDeps {
  readonly cancellations: CancellationStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly clock: Clock;
  readonly findWebhook: (actor: Actor, id: string, scope: 'deliveries:write') => Promise<Webhook>;
}

/** After it a call begins no further batch, and says what is left: the client waits 10 s, and a process that stops 5 s. */
const withinMs = 4_000;

/**
 * Cancels deliveries that wait for a webhook. What a process holds at this moment is left alone: it may be on its way, and
 * only its holder can tell what came of it. The webhook's backlog stays one choice: what comes after the call is no part of it.
 */
export function createCancellation({ cancellations, access, audit, clock, findWebhook }: CancellationDeps) {
  async function cancelAll(
    actor: Actor,
    webhook: Webhook,
    { deadline = Infinity, ...choice }: DeliveryChoice & { readonly deadline?: number },
    details: Readonly<Record<string, string | string[] | number | null>>,
  ): Promise<number> {
    const count = await inBatches(
      (limit) => cancellations.cancelSome(choice, 'cancelled_by_user', clock.now(), limit),
      () => clock.now() < deadline,
    );
    if (count === 0) return 0;
    await audit.record(actor, {
      action: 'deliveries.cancelled',
      accountId: actor.kind === 'key' ? actor.accountId : null,
      appId: webhook.appId,
      targetId: webhook.id,
      details: { count, ...details },
    });
    return count;
  }

  return {
    async cancel(actor: Actor, input: CancelInput): Promise<CancelResult> {
      const webhook = await findWebhook(actor, input.webhookId, 'deliveries:write');
      const now = clock.now();
      const { dryRun, until = iso(now + 1), ...given } = input;
      // Without `until`: the next millisecond, so that events accepted in this one are included.
      const choice: DeliveryChoice = { ...given, until };
      if (input.since !== undefined && Date.parse(until) <= Date.parse(input.since)) {
        throw apiError('INVALID_INPUT', `until: must be after since, ${input.since}`);
      }
      if (dryRun) {
        const { waiting, underWay } = await cancellations.count(choice);
        return { count: waiting, underWay, remaining: 0 };
      }
      const details = {
        since: input.since ?? null,
        until: input.until ?? iso(now),
        events: input.events ?? null,
        ids: input.ids?.length ?? null,
      };
      const count = await cancelAll(actor, webhook, { ...choice, deadline: now + withinMs }, details);
      const { waiting, underWay } = await cancellations.count(choice);
      return { count, underWay, remaining: waiting };
    },

    /** What waited while a webhook was disabled, before it is enabled again: all of it, however long it takes. */
    async cancelBacklog(actor: Actor, webhook: Webhook, backlog: Backlog): Promise<void> {
      if (backlog === 'send') return;
      access.requireScope(actor, 'deliveries:write');
      const until = backlog === 'cancel' ? iso(clock.now() + 1) : iso(Date.parse(backlog.since));
      await cancelAll(actor, webhook, { webhookId: webhook.id, until }, { until });
    },
  };
}

export type Cancellation = ReturnType<typeof createCancellation>;
