import type { Backlog, CancelInput, CancelResult, DeliveryReason } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { fieldError } from '../../domain/errors.ts';
import type { CancellationStore, DeliveryChoice } from '../../domain/ports/bulk-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import { listDeliverable, type Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { inBatches } from '../common/in-batches.ts';
import { toIso } from '../common/iso-time.ts';
import type { FindWebhook } from '../webhooks/find-webhook.ts';

/** Which deliveries to cancel, why, and until when. */
interface CancelAllChoice extends DeliveryChoice {
  /** @default 'cancelled_by_user' */
  readonly reason?: DeliveryReason;
  /** No further batch starts after this time, epoch ms. */
  readonly deadline?: number;
}

export interface CancellationDeps {
  readonly cancellations: CancellationStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly clock: Clock;
  readonly findWebhook: FindWebhook;
}

/**
 * A call starts no further batch after this time and returns the number of remaining deliveries. The client
 * waits 10 s, and a process that shuts down 5 s.
 */
const timeLimitMs = 4_000;

/**
 * Cancels pending deliveries of a webhook. Skips deliveries without a document, because their first attempt is
 * under way. Deliveries of events accepted after the call are not included.
 */
export function createCancellation({ cancellations, access, audit, clock, findWebhook }: CancellationDeps) {
  async function cancelAll(
    actor: Actor,
    webhook: Webhook,
    { deadline = Infinity, reason = 'cancelled_by_user', ...choice }: CancelAllChoice,
    details: Readonly<Record<string, string | string[] | number | null>>,
  ): Promise<number> {
    const count = await inBatches(
      (limit) => cancellations.cancelSome(choice, reason, clock.now(), limit),
      () => clock.now() < deadline,
    );
    if (count === 0) return 0;
    await audit.record(actor, {
      action: 'deliveries.cancelled',
      accountId: webhook.accountId,
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
      const { dryRun, until = toIso(now + 1), ...given } = input;
      // The default of `until` is the next millisecond, to include events accepted in this one.
      const choice: DeliveryChoice = { ...given, until };
      if (input.since !== undefined && Date.parse(until) <= Date.parse(input.since)) {
        throw fieldError('until', `must be after since, ${input.since}`);
      }
      if (dryRun) {
        const { waiting, underWay } = await cancellations.count(choice);
        return { count: waiting, underWay, remaining: 0 };
      }
      const details = {
        since: input.since ?? null,
        until: input.until ?? toIso(now),
        events: input.events ?? null,
        ids: input.ids?.length ?? null,
      };
      const count = await cancelAll(actor, webhook, { ...choice, deadline: now + timeLimitMs }, details);
      const { waiting, underWay } = await cancellations.count(choice);
      return { count, underWay, remaining: waiting };
    },

    /**
     * Cancels the backlog of a disabled webhook before it is enabled. Has no time limit: it cancels all of
     * it.
     */
    async cancelBacklog(actor: Actor, webhook: Webhook, backlog: Backlog): Promise<void> {
      if (backlog === 'send') return;
      access.requireScope(actor, 'deliveries:write');
      const until = backlog === 'cancel' ? toIso(clock.now() + 1) : toIso(Date.parse(backlog.since));
      await cancelAll(actor, webhook, { webhookId: webhook.id, until }, { until });
    },

    /**
     * Cancels the pending deliveries of the types that a webhook does not take any more, for some seconds at
     * most. The owner of the webhook cancels the others when they are due.
     */
    async cancelUnsubscribed(actor: Actor, webhook: Webhook): Promise<void> {
      const exceptEvents = listDeliverable(webhook);
      const reason = 'not_subscribed';
      const deadline = clock.now() + timeLimitMs;
      await cancelAll(
        actor,
        webhook,
        { webhookId: webhook.id, exceptEvents, reason, deadline },
        { reason, exceptEvents },
      );
    },
  };
}

export type Cancellation = ReturnType<typeof createCancellation>;
