import type { Page, ReplayFilter, ReplayInput, ReplayStarted, ReplayView } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError, fieldError } from '../../domain/errors.ts';
import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { Replay } from '../../domain/replay.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import { selectsEventType } from '../../domain/select-event-types.ts';
import { canDeliver, listDeliverable, type Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { FindWebhook } from '../webhooks/find-webhook.ts';

export interface ReplayServiceDeps {
  readonly replays: ReplayStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly quotas: Quotas;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Retention time in ms. */
  readonly keepMs: number;
  readonly findWebhook: FindWebhook;
}

/**
 * Replays finished deliveries of a webhook, such as its dead letters, the deliveries that failed permanently.
 * Replays run as background jobs, which callers can list and cancel.
 */
export function createReplayService(deps: ReplayServiceDeps) {
  const { replays, access, audit, quotas, ids, clock, keepMs, findWebhook } = deps;
  return {
    async start(actor: Actor, input: ReplayInput): Promise<ReplayStarted> {
      const webhook = await findWebhook(actor, input.webhookId, 'deliveries:write');
      const now = clock.now();
      const selected = {
        webhookId: webhook.id,
        since: Date.parse(input.since),
        until: input.until === undefined ? now : Date.parse(input.until),
        status: input.status,
        events: input.events,
      } satisfies Record<Exclude<keyof ReplayInput, 'dryRun'>, unknown>;
      const replay: Replay = {
        id: ids.replay(now),
        appId: webhook.appId,
        accountId: webhook.accountId,
        webhookId: selected.webhookId,
        since: Math.max(selected.since, toRetentionLimit(now, keepMs)),
        until: selected.until,
        deliveryStatus: selected.status,
        types: toReplayedTypes(webhook, selected.events),
        status: 'running',
        total: 0,
        done: 0,
        createdAt: now,
        finishedAt: null,
      };
      if (selected.until <= selected.since) throw fieldError('until', `must be after since, ${input.since}`);
      const count = await replays.count(replay);
      if (input.dryRun || count === 0) return { jobId: null, count };
      if (!webhook.enabled) {
        throw apiError(
          'NOT_RETRYABLE',
          `webhook ${webhook.id} is disabled; enable it before you replay its deliveries`,
        );
      }
      await quotas.insert(actor, webhook.accountId, 'replays', (limit) =>
        replays.insert({ ...replay, total: count }, limit),
      );
      await audit.record(actor, {
        action: 'deliveries.replayed',
        accountId: webhook.accountId,
        appId: webhook.appId,
        targetId: webhook.id,
        details: { count, since: input.since, until: input.until ?? toIso(now), status: input.status },
      });
      return { jobId: replay.id, count };
    },

    async list(actor: Actor, filter: ReplayFilter, page: PageRequest): Promise<Page<ReplayView>> {
      const visibility = await access.narrow(actor, undefined, 'deliveries:read');
      return mapPage(await replays.list({ ...filter, ...visibility }, page), toReplayView);
    },

    /** Stops a replay after its current batch. Deliveries already in the queue are sent. */
    async cancel(actor: Actor, id: string): Promise<ReplayView> {
      access.requireScope(actor, 'deliveries:write');
      const replay = await replays.get(id);
      if (replay === undefined || !(await access.canSee(actor, replay))) {
        throw apiError('NOT_FOUND', `no replay ${id}`);
      }
      await replays.cancel(id, clock.now());
      return toReplayView((await replays.get(id)) ?? replay);
    },
  };
}

export type ReplayService = ReturnType<typeof createReplayService>;

/** The types to send again: the chosen ones that the webhook takes. Undefined: all types. */
function toReplayedTypes(
  webhook: Webhook,
  chosen: readonly string[] | undefined,
): readonly string[] | undefined {
  if (chosen === undefined) return canDeliver(webhook, '*') ? undefined : listDeliverable(webhook);
  const selected = chosen.flatMap((entry) =>
    canDeliver(webhook, entry)
      ? entry
      : // Of a pattern, the part that the webhook takes.
        listDeliverable(webhook).filter((taken) => selectsEventType([entry], taken)),
  );
  return [...new Set(selected)];
}

function toReplayView(replay: Replay): ReplayView {
  return {
    id: replay.id,
    webhookId: replay.webhookId,
    status: replay.status,
    total: replay.total,
    done: replay.done,
    createdAt: toIso(replay.createdAt),
    finishedAt: toIsoOrNull(replay.finishedAt),
  };
}
