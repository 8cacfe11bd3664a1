import type { DeliveryReason, Page } from '@tocsin/shared';
import type { Delivery, SentByHand } from '../../../../src/domain/delivery.ts';
import { hasCause, hasStatusClass, tookAtLeast } from '../../../../src/domain/delivery-match.ts';
import type { AcceptedEvent } from '../../../../src/domain/event.ts';
import { deliveryRangeFromEventId, lowestIdAt, toDeliveryId } from '../../../../src/domain/ids.ts';
import type {
  DeliveryStore,
  NewTarget,
  QueueState,
  StoredDeliveryFilter,
  UndeliveredCounts,
  WaitingCounts,
} from '../../../../src/domain/ports/delivery-store.ts';
import { isVisible, type PageRequest, type Visibility } from '../../../../src/domain/ports/page-request.ts';
import { selectsEventType } from '../../../../src/domain/select-event-types.ts';
import { toPredicate, type FilterTable } from '../filter-table.ts';
import type { MemoryDatabase } from '../memory-database.ts';
import { takeMatching, toPage } from '../take-page.ts';
import { toEnded, toFinal, toRequeued } from './delivery-changes.ts';
import { findInFlightDelivery, inFlightDeliveries, toInFlightDelivery } from './in-flight-deliveries.ts';
import { toDelivery } from './to-delivery.ts';

type Filters = StoredDeliveryFilter;

/** Reasons of deliveries that wait for the end of a pause. */
const pauseReasons: readonly (DeliveryReason | null)[] = ['webhook_paused', 'destination_limited'];

export class MemoryDeliveryStore implements DeliveryStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async get(id: string): Promise<Delivery | undefined> {
    const stored = this.#database.deliveries.get(id);
    return stored === undefined ? findInFlightDelivery(this.#database, id) : toDelivery(stored);
  }

  async getMany(ids: readonly string[]): Promise<Delivery[]> {
    const found = await Promise.all(ids.map(async (id) => await this.get(id)));
    return found.flatMap((delivery) => (delivery === undefined ? [] : toListedDelivery(delivery)));
  }

  async list(filter: Filters, { cursor, limit }: PageRequest): Promise<Page<Delivery>> {
    const matches = toPredicate<Filters, Delivery>(deliveryMatches, filter);
    const range = { below: cursor, ...toIdRange(filter.eventId) };
    const stored = takeMatching(this.#database.deliveries.descending(range), matches, limit + 1);
    const inFlight = [...inFlightDeliveries(this.#database, filter.eventId)].filter(
      (delivery) => (cursor === undefined || delivery.id < cursor) && matches(delivery),
    );
    const newestFirst = [...stored, ...inFlight].sort((a, b) => (a.id < b.id ? 1 : -1));
    return toPage(newestFirst, limit, toListedDelivery);
  }

  async retryNow(
    { id, webhookId }: Pick<Delivery, 'id' | 'webhookId'>,
    at: number,
    sentByHand?: SentByHand,
  ): Promise<boolean> {
    const stored = this.#database.deliveries.get(id);
    if (stored?.webhookId !== webhookId) return false;
    const requeued = toRequeued(stored, at);
    this.#database.deliveries.set(
      id,
      sentByHand === undefined ? requeued : { ...requeued, sentByHand: { ...sentByHand } },
    );
    return true;
  }

  async addTarget(
    { id: eventId }: Pick<AcceptedEvent, 'id'>,
    target: NewTarget,
  ): Promise<string | undefined> {
    const { events, deliveries } = this.#database;
    const event = events.get(eventId);
    const { webhookId, sentByHand, rendering } = target;
    if (event === undefined || event.targets.includes(webhookId)) return undefined;
    const id = toDeliveryId(eventId, event.targets.length);
    const added = { ...event, targets: [...event.targets, webhookId] };
    const renderings = rendering && [...(event.renderings ?? []), structuredClone(rendering)];
    events.set(eventId, renderings === undefined ? added : { ...added, renderings });
    deliveries.set(id, {
      ...toInFlightDelivery(event, webhookId, id),
      dueAt: sentByHand.at,
      sentByHand: { ...sentByHand },
      revision: 1,
    });
    return id;
  }

  async retryMany(
    deliveries: readonly Pick<Delivery, 'id' | 'webhookId'>[],
    at: number,
  ): Promise<ReadonlySet<string>> {
    const due = new Set<string>();
    for (const delivery of deliveries) if (await this.retryNow(delivery, at)) due.add(delivery.id);
    return due;
  }

  async cancelMany(ids: readonly string[], reason: DeliveryReason, at: number): Promise<ReadonlySet<string>> {
    const cancelled = new Set<string>();
    for (const id of ids) {
      const stored = this.#database.deliveries.get(id);
      if (stored?.status !== 'pending') continue;
      this.#database.deliveries.set(id, toFinal(stored, 'cancelled', reason, at));
      cancelled.add(id);
    }
    return cancelled;
  }

  async getQueueState(visibility: Visibility, now: number, since = 0): Promise<QueueState> {
    const { deliveries, entries } = this.#database;
    let pending = 0;
    let inFlight = 0;
    const dueTimes: number[] = [];
    for (const delivery of deliveries.waiting()) {
      if (!isVisible(visibility, delivery)) continue;
      pending++;
      if (delivery.dueAt <= now) dueTimes.push(delivery.dueAt);
    }
    for (const { owners, acceptedAt } of entries.values()) {
      const visible = owners.filter((owner) => isVisible(visibility, owner));
      pending += visible.length;
      if (acceptedAt >= since) inFlight += visible.length;
      dueTimes.push(...visible.map(() => acceptedAt));
    }
    const oldestDueAt = dueTimes.reduce<number | null>(
      (oldest, dueAt) => (oldest === null || dueAt < oldest ? dueAt : oldest),
      null,
    );
    return { pending, dueNow: dueTimes.length, inFlight, oldestDueAt, isCapped: false };
  }

  async countUndelivered(visibility: Visibility, since: number): Promise<UndeliveredCounts> {
    const counts = { pending: 0, failed: 0, cancelled: 0 };
    for (const delivery of this.#database.deliveries.descending({ from: lowestIdAt('dlv_', since) })) {
      const { status } = delivery;
      if (status !== 'delivered' && isVisible(visibility, delivery)) counts[status]++;
    }
    return { ...counts, isCapped: false };
  }

  async countWaiting(after: string | undefined, limit: number): Promise<WaitingCounts> {
    const apps = new Map<string, { appId: string; accountId: string; waiting: number }>();
    const waiting = [...this.#database.deliveries.waiting()]
      .filter(({ accountId }) => after === undefined || accountId > after)
      .sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
    for (const { appId, accountId } of waiting.slice(0, limit)) {
      const known = apps.get(appId) ?? { appId, accountId, waiting: 0 };
      apps.set(appId, { ...known, waiting: known.waiting + 1 });
    }
    if (waiting.length < limit) return { apps: [...apps.values()], next: undefined };
    const accountIds = [...new Set([...apps.values()].map((app) => app.accountId))];
    const whole = accountIds.length === 1 ? accountIds : accountIds.slice(0, -1);
    return {
      apps: [...apps.values()].filter(({ accountId }) => whole.includes(accountId)),
      next: whole.at(-1),
    };
  }

  async countWaitingTo(webhookIds: readonly string[], limit: number): Promise<ReadonlyMap<string, number>> {
    const { deliveries } = this.#database;
    const counts = webhookIds.map((id) => [id, Math.min(deliveries.getWaiting(id).length, limit)] as const);
    return new Map(counts.filter(([, count]) => count > 0));
  }

  async cancelPending(webhookId: string, reason: DeliveryReason, at: number, limit: number): Promise<number> {
    const waiting = this.#database.deliveries.getWaiting(webhookId).slice(0, limit);
    for (const delivery of waiting) {
      this.#database.deliveries.set(delivery.id, toEnded(delivery, 'cancelled', reason, at));
    }
    return waiting.length;
  }

  async resume(webhookId: string, which: 'all' | 'paused', at: number, limit: number): Promise<number> {
    const later = takeMatching(
      this.#database.deliveries.getWaiting(webhookId),
      ({ dueAt, reason }) => dueAt > at && (which === 'all' || pauseReasons.includes(reason)),
      limit,
    );
    for (const delivery of later) this.#database.deliveries.set(delivery.id, toRequeued(delivery, at));
    return later.length;
  }

  async insertFinished(delivery: Delivery): Promise<void> {
    if (this.#database.deliveries.has(delivery.id)) {
      throw new Error(`the delivery ${delivery.id} exists already`);
    }
    this.#database.deliveries.set(delivery.id, { ...toDelivery(delivery), dueAt: null, revision: 1 });
  }
}

/** One row per filter of `deliveries.list`. */
const deliveryMatches: FilterTable<Filters, Delivery> = {
  appId: (delivery, appId) => delivery.appId === appId,
  accountId: (delivery, accountId) => delivery.accountId === accountId,
  excludedAppIds: (delivery, appIds) => !appIds.includes(delivery.appId),
  webhookId: (delivery, webhookId) => delivery.webhookId === webhookId,
  eventId: (delivery, eventId) => delivery.eventId === eventId,
  status: (delivery, status) => delivery.status === status,
  since: (delivery, since) => delivery.createdAt >= Date.parse(since),
  until: (delivery, until) => delivery.createdAt < Date.parse(until),
  event: (delivery, selector) => selectsEventType([selector], delivery.type),
  webhookIds: (delivery, webhookIds) => webhookIds.includes(delivery.webhookId),
  reasons: ({ reason }, reasons) => reason !== null && reasons.includes(reason),
  cause: hasCause,
  statusClass: hasStatusClass,
  minAttempts: (delivery, minAttempts) => delivery.attemptCount >= minAttempts,
  minDurationMs: tookAtLeast,
};

/** The deliveries of an event are a range of ids. */
function toIdRange(eventId: string | undefined): { readonly from?: string; readonly to?: string } {
  if (eventId === undefined) return {};
  const { first, last } = deliveryRangeFromEventId(eventId);
  return { from: first, to: last };
}

/** A delivery without the requests and responses of its attempts. */
function toListedDelivery(delivery: Delivery): Delivery {
  return {
    ...toDelivery(delivery),
    attempts: delivery.attempts.map((attempt) => ({
      ...attempt,
      request: undefined,
      responseHeaders: undefined,
      reply: '',
    })),
  };
}
