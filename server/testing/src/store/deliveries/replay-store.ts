import type { Page, ReplayFilter } from '@tocsin/shared';
import { lowestIdAt } from '../../../../src/domain/ids.ts';
import type { ClaimedReplay, ReplayClaim, ReplayStore } from '../../../../src/domain/ports/bulk-stores.ts';
import type { RateBudgetStore } from '../../../../src/domain/ports/limit-stores.ts';
import type { PageRequest, VisibleOnly } from '../../../../src/domain/ports/page-request.ts';
import type { Replay } from '../../../../src/domain/replay.ts';
import { selectsEventType } from '../../../../src/domain/select-event-types.ts';
import { listDeliverable, type Webhook } from '../../../../src/domain/webhook.ts';
import { toPredicate, type FilterTable } from '../filter-table.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import type { StoredDelivery, StoredReplay } from '../stored-objects.ts';
import { takeMatching, toPage } from '../take-page.ts';
import { toRequeued, toRestored } from './delivery-changes.ts';

/** Deliveries that one batch examines. */
const maxExaminedByBatch = 10_000;

/** Replays that an account keeps. Beyond them, each new one removes up to `maxTrimmed` of the oldest. */
const maxKept = 1_000;
const maxTrimmed = 100;

export interface MemoryReplayStoreDeps {
  readonly database: MemoryDatabase;
  /** Webhooks by id. A replay ends when its webhook is deleted, and skips the types that were taken off it. */
  readonly webhooks: ReadonlyMap<string, Pick<Webhook, 'events' | 'keptEvents'>>;
  readonly budgets: Pick<RateBudgetStore, 'lease'>;
}

interface ReplayBatch {
  readonly deliveries: readonly StoredDelivery[];
  /** Where the next batch continues. Undefined: there are no more deliveries. */
  readonly lastExamined: string | undefined;
}

export class MemoryReplayStore implements ReplayStore {
  readonly #deps: MemoryReplayStoreDeps;
  readonly #database: MemoryDatabase;

  constructor(deps: MemoryReplayStoreDeps) {
    this.#deps = deps;
    this.#database = deps.database;
  }

  async count(replay: Replay): Promise<number> {
    const found = [...this.#candidates(replay)].filter((delivery) => isSelected(replay, delivery));
    return found.length;
  }

  async insert(replay: Replay, accountLimit = Infinity): Promise<'inserted' | 'account_limit_reached'> {
    if (this.#findRunning(replay.accountId).length >= accountLimit) return 'account_limit_reached';
    const stored = { ...structuredClone(replay), dueAt: replay.createdAt, epoch: 0 };
    this.#database.replays.set(replay.id, stored);
    this.#trim(replay.accountId);
    return 'inserted';
  }

  async get(id: string): Promise<Replay | undefined> {
    const stored = this.#database.replays.get(id);
    return stored === undefined ? undefined : toReplay(stored);
  }

  async list(filter: VisibleOnly<ReplayFilter>, { cursor, limit }: PageRequest): Promise<Page<Replay>> {
    const newestFirst = this.#database.replays.descending({ below: cursor });
    return toPage(takeMatching(newestFirst, toPredicate(replayMatches, filter), limit + 1), limit, toReplay);
  }

  async cancel(id: string, at: number): Promise<boolean> {
    const stored = this.#database.replays.get(id);
    if (stored?.status !== 'running') return false;
    this.#end(stored, 'cancelled', at);
    return true;
  }

  async claimNext({ afterAccountId, now, leaseMs, pace }: ReplayClaim): Promise<ClaimedReplay | undefined> {
    for (let after = afterAccountId ?? ''; ;) {
      const accountId = this.#findClaimable(now)
        .map((replay) => replay.accountId)
        .filter((id) => id > after)
        .sort()[0];
      if (accountId === undefined) return undefined;
      after = accountId;
      const id = `replays:${accountId}`;
      const { granted } = await this.#deps.budgets.lease({
        id,
        limit: pace,
        want: pace.burst,
        spent: 0,
        now,
      });
      if (granted === 0) continue;
      const [next] = this.#findClaimable(now, accountId);
      if (next === undefined) continue;
      const claimed = { ...next, dueAt: now + leaseMs, epoch: next.epoch + 1 };
      this.#database.replays.set(next.id, claimed);
      return { ...toReplay(claimed), epoch: claimed.epoch, limit: granted };
    }
  }

  async countRunning(accountId: string): Promise<number> {
    return this.#findRunning(accountId).length;
  }

  async requeueSome(replay: ClaimedReplay, now: number): Promise<number> {
    const stored = this.#database.replays.get(replay.id);
    if (stored?.status !== 'running' || stored.epoch !== replay.epoch) return 0;
    const webhook = this.#deps.webhooks.get(replay.webhookId);
    if (webhook === undefined) {
      this.#end(stored, 'cancelled', now);
      return 0;
    }
    const { deliveries, lastExamined } = this.#findBatch(replay);
    const types = listDeliverable(webhook);
    const requeued = deliveries.filter(
      ({ eventId, type }) => this.#database.events.has(eventId) && selectsEventType(types, type),
    );
    for (const delivery of requeued) this.#database.deliveries.set(delivery.id, toRequeued(delivery, now));
    const progress = { ...stored, done: stored.done + requeued.length };
    if (lastExamined === undefined) this.#end(progress, 'done', now);
    else this.#database.replays.set(stored.id, { ...progress, dueAt: now, lastDeliveryId: lastExamined });
    return requeued.length;
  }

  async cancelForWebhook({ id, accountId }: { id: string; accountId: string }, at: number): Promise<void> {
    for (const replay of this.#findRunning(accountId)) {
      if (replay.webhookId === id) this.#end(replay, 'cancelled', at);
    }
  }

  async restoreDelivered(
    webhookId: string,
    after: string | undefined,
    limit: number,
  ): Promise<string | undefined> {
    const { deliveries } = this.#database;
    const waiting = takeMatching(
      deliveries.ascending({ after }),
      (delivery) => delivery.webhookId === webhookId && delivery.status === 'pending',
      limit,
    );
    for (const delivery of waiting) {
      const restored = toRestored(delivery);
      if (restored !== undefined) deliveries.set(delivery.id, restored);
    }
    return waiting.length < limit ? undefined : waiting.at(-1)?.id;
  }

  /** Finds the deliveries of the next batch. Examines a bounded number, of which few may match. */
  #findBatch(replay: ClaimedReplay): ReplayBatch {
    const deliveries: StoredDelivery[] = [];
    let examined = 0;
    for (const delivery of this.#candidates(replay)) {
      examined++;
      if (isSelected(replay, delivery)) deliveries.push(delivery);
      if (deliveries.length >= replay.limit || examined >= maxExaminedByBatch) {
        return { deliveries, lastExamined: delivery.id };
      }
    }
    return { deliveries, lastExamined: undefined };
  }

  /** Yields the deliveries of the replay's webhook, status and period, oldest first. */
  *#candidates({
    webhookId,
    deliveryStatus,
    since,
    until,
    lastDeliveryId,
  }: Replay): Generator<StoredDelivery> {
    const range = {
      from: lowestIdAt('dlv_', since),
      after: lastDeliveryId,
      below: lowestIdAt('dlv_', until),
    };
    for (const delivery of this.#database.deliveries.ascending(range)) {
      if (delivery.webhookId === webhookId && delivery.status === deliveryStatus) yield delivery;
    }
  }

  #findRunning(accountId: string): StoredReplay[] {
    return [...this.#database.replays.values()].filter(
      (replay) => replay.accountId === accountId && replay.status === 'running',
    );
  }

  /** Returns the replays that no process holds, the one that waits longest before the others. */
  #findClaimable(now: number, accountId?: string): StoredReplay[] {
    return [...this.#database.replays.values()]
      .filter((replay) => accountId === undefined || replay.accountId === accountId)
      .filter(({ status, dueAt }) => status === 'running' && dueAt !== undefined && dueAt <= now)
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
  }

  #end(replay: StoredReplay, status: 'done' | 'cancelled', at: number): void {
    this.#database.replays.set(replay.id, { ...replay, status, finishedAt: at, dueAt: undefined });
  }

  /** Removes some of the oldest finished replays of an account that has more than the newest ones. */
  #trim(accountId: string): void {
    const { replays } = this.#database;
    const newestFirst = [...replays.descending()].filter((replay) => replay.accountId === accountId);
    for (const { id, status } of newestFirst.slice(maxKept, maxKept + maxTrimmed)) {
      if (status !== 'running') replays.delete(id);
    }
  }
}

/** One row per filter of `deliveries.replays`. */
const replayMatches: FilterTable<VisibleOnly<ReplayFilter>, Replay> = {
  webhookId: (replay, webhookId) => replay.webhookId === webhookId,
  appId: (replay, appId) => replay.appId === appId,
  accountId: (replay, accountId) => replay.accountId === accountId,
  excludedAppIds: (replay, appIds) => !appIds.includes(replay.appId),
};

/** Whether a replay sends a candidate again: it finished before the replay began. */
function isSelected({ createdAt, types }: Replay, { finishedAt, type }: StoredDelivery): boolean {
  return (
    finishedAt !== null && finishedAt < createdAt && (types === undefined || selectsEventType(types, type))
  );
}

function toReplay(stored: StoredReplay): Replay {
  const { dueAt: _, epoch: __, ...replay } = stored;
  return structuredClone(replay);
}
