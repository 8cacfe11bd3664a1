import { toPartition } from '../../domain/partition.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { DeliveryQueue, DueDelivery } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log, Timers } from '../../domain/ports/runtime.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { WebhookCache } from '../../domain/ports/webhook-store.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { DueSchedule, ScheduledWork } from './due-schedule.ts';
import type { HeldDeliveries } from './held-deliveries.ts';
import type { Intake } from './intake.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { realTimers } from './real-timers.ts';
import { WorkSignal } from './work-signal.ts';

export interface PullerDeps {
  readonly queue: Pick<
    DeliveryQueue,
    'findHeads' | 'findWaitingPartitions' | 'pullBacklog' | 'pullMany' | 'pullWebhooks'
  >;
  readonly schedule: DueSchedule;
  readonly held: Pick<HeldDeliveries, 'has' | 'countPulled' | 'watch'>;
  readonly intake: Pick<Intake, 'addDue'>;
  readonly memory: Pick<MemoryBudget, 'room'>;
  readonly dispatcher: Pick<Dispatcher, 'roomFor'>;
  readonly webhookCache: WebhookCache;
  readonly owns: (partition: number) => boolean;
  readonly getOwned: () => readonly number[];
  /** Cancels the waiting deliveries of a webhook that does not exist. */
  readonly cancelDeleted: (webhookId: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** @default real ones */
  readonly timers?: Timers | undefined;
}

/**
 * Pulled deliveries of one webhook in memory. A long backlog stands in the database, so new events of the
 * webhook wait behind few old ones.
 */
export const maxPulledPerWebhook = 200;

export interface PullerLimits {
  /** Longest wait, so that a jump of the clock is noticed. */
  readonly maxWaitMs: number;
  /** Before a round is repeated that failed or found no room. */
  readonly minPauseMs: number;
  /** Webhooks that one round looks at. */
  readonly roundLimit: number;
  /** Deliveries in one pull of webhooks with one due delivery each: its two reads cost little per delivery. */
  readonly pullLimit: number;
  /** Webhooks whose waiting deliveries are read at once. */
  readonly webhooksPerRead: number;
  /** How many waiting deliveries these may have. */
  readonly waitingPerRead: number;
  /** Webhooks whose backlog is read at the same time. */
  readonly concurrentPulls: number;
  /** In this time all owned partitions are scanned once. */
  readonly scanCycleMs: number;
  /** Partitions scanned at once after they were acquired. */
  readonly concurrentScans: number;
}

const defaultLimits: PullerLimits = {
  maxWaitMs: 1_000,
  minPauseMs: 50,
  roundLimit: 500,
  pullLimit: 200,
  webhooksPerRead: 50,
  waitingPerRead: 500,
  concurrentPulls: 4,
  scanCycleMs: 60_000,
  concurrentScans: 4,
};

/**
 * Pulls due deliveries into memory, as far as there is room for their webhooks.
 *
 *   stopped --start--> pulling
 *   pulling --more webhooks are due and there is room--> pulling
 *   pulling --otherwise--> waiting
 *   waiting --woken, the next webhook is due, or a second is over--> pulling
 *   any     --stop--> stopped   after the reads under way
 *
 * Webhooks that are disabled or full are not pulled: their backlog costs the others nothing.
 */
export class Puller {
  readonly #deps: PullerDeps;
  readonly #limits: PullerLimits;
  readonly #timers: Timers;
  readonly #signal: WorkSignal;
  /** Partitions whose heads are read next, because they were acquired. */
  readonly #unscanned = new Set<number>();
  #nextScan = 0;
  #scanAt = 0;
  #isRunning = false;
  #loop: Promise<void> | undefined;

  constructor(deps: PullerDeps, limits: Partial<PullerLimits> = {}) {
    this.#deps = deps;
    this.#limits = { ...defaultLimits, ...limits };
    this.#timers = deps.timers ?? realTimers;
    this.#signal = new WorkSignal(this.#timers);
  }

  start(): void {
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#signal.raise();
    await this.#loop;
  }

  /** Reads the heads of partitions as soon as possible. */
  scan(partitions: readonly number[]): void {
    for (const partition of partitions) this.#unscanned.add(partition);
    this.#signal.raise();
  }

  wake(): void {
    this.#signal.raise();
  }

  async #run(): Promise<void> {
    const { schedule, clock, memory, log } = this.#deps;
    const { maxWaitMs, minPauseMs } = this.#limits;
    while (this.#isRunning) {
      this.#signal.clear();
      let isMore = false;
      try {
        await this.#scanSome();
        schedule.unparkAll('full');
        isMore = await this.#pullRound();
      } catch (error) {
        log.warn({ err: error }, 'could not read waiting deliveries; retrying');
      }
      if (isMore && memory.room > 0) continue;
      const untilDue = schedule.nextDueAt - clock.now();
      await this.#signal.wait(untilDue > 0 ? Math.min(maxWaitMs, untilDue) : minPauseMs);
    }
  }

  /** Reads the heads of acquired partitions, and one partition of the cycle if its turn has come. */
  async #scanSome(): Promise<void> {
    const { owns, getOwned } = this.#deps;
    while (this.#isRunning && this.#unscanned.size > 0) {
      if (this.#unscanned.size > this.#limits.concurrentScans) await this.#skipEmpty();
      const some = [...this.#unscanned].slice(0, this.#limits.concurrentScans);
      await Promise.all(some.filter(owns).map((partition) => this.#scan(partition)));
      for (const partition of some) this.#unscanned.delete(partition);
    }
    const owned = getOwned();
    if (owned.length === 0 || this.#timers.monotonicNow() < this.#scanAt) return;
    this.#scanAt = this.#timers.monotonicNow() + this.#limits.scanCycleMs / owned.length;
    const partition = owned[this.#nextScan++ % owned.length];
    if (partition !== undefined) await this.#scan(partition);
  }

  /** Takes off the acquired partitions in which nothing waits: nearly all of them in most installations. */
  async #skipEmpty(): Promise<void> {
    const acquired = [...this.#unscanned];
    const waiting = new Set(await this.#deps.queue.findWaitingPartitions(acquired));
    for (const partition of acquired) if (!waiting.has(partition)) this.#unscanned.delete(partition);
  }

  async #scan(partition: number): Promise<void> {
    const { queue, schedule, owns } = this.#deps;
    const heads = await queue.findHeads(partition);
    if (!owns(partition)) return;
    for (const { webhookId, dueAt, deliveryId } of heads) {
      // In case the notification that it was enabled was lost.
      if (schedule.getParkReason(webhookId) === 'disabled') schedule.unpark(webhookId);
      // Others can wait behind a head that was not known.
      if (!schedule.isKnown(webhookId, deliveryId)) schedule.addWebhook(webhookId, dueAt);
    }
  }

  /** Returns whether more is due. */
  async #pullRound(): Promise<boolean> {
    const { schedule, clock, owns, memory } = this.#deps;
    if (memory.room <= 0) return false;
    const { roundLimit } = this.#limits;
    const due = schedule
      .takeDue(clock.now(), roundLimit)
      .filter(({ webhookId }) => owns(toPartition(webhookId)));
    try {
      const rooms = await this.#findRooms(new Set(due.map(({ webhookId }) => webhookId)));
      const ready = due.filter(({ webhookId }) => rooms.has(webhookId));
      await this.#pullDeliveries(ready.flatMap(({ deliveryId }) => deliveryId ?? []));
      const whole = ready.filter(({ deliveryId }) => deliveryId === undefined);
      const known = whole.filter(({ isBacklog }) => isBacklog).map(({ webhookId }) => webhookId);
      const others = whole.filter(({ isBacklog }) => !isBacklog).map(({ webhookId }) => webhookId);
      await this.#pullBacklogs([...known, ...(await this.#pullWebhooks(others))], rooms);
    } catch (error) {
      // Nothing is lost: a pull skips what is in memory already.
      this.#addAgain(due);
      throw error;
    }
    return due.length === roundLimit;
  }

  #addAgain(works: readonly ScheduledWork[]): void {
    for (const { webhookId, dueAt } of works) this.#deps.schedule.addWebhook(webhookId, dueAt);
  }

  /** Returns how many deliveries to pull by webhook. Leaves out webhooks that take none now. */
  async #findRooms(webhookIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const rooms = new Map<string, number>();
    for (const webhookId of webhookIds) {
      const room = await this.#findRoom(webhookId);
      if (room > 0) rooms.set(webhookId, room);
    }
    return rooms;
  }

  /** Returns how many deliveries of a webhook to pull. Parks the webhook if there are none. */
  async #findRoom(webhookId: string): Promise<number> {
    const { webhookCache, dispatcher, schedule, held, cancelDeleted } = this.#deps;
    const cached = webhookCache.get(webhookId);
    const webhook: Webhook | undefined = cached instanceof Promise ? await cached : cached;
    if (webhook === undefined) {
      await cancelDeleted(webhookId);
      return 0;
    }
    if (!webhook.enabled) {
      schedule.park(webhookId, 'disabled');
      return 0;
    }
    const pulled = maxPulledPerWebhook - held.countPulled(webhookId);
    const room = Math.min(pulled, dispatcher.roomFor(webhookId, webhook.accountId));
    if (room <= 0) schedule.park(webhookId, 'full');
    return room;
  }

  async #pullDeliveries(deliveryIds: readonly string[]): Promise<void> {
    const { queue, clock, held } = this.#deps;
    const { pullLimit } = this.#limits;
    const ids = deliveryIds.filter((id) => !held.has(id));
    for (let start = 0; start < ids.length; start += pullLimit) {
      await held.watch(async (hasLeft) => {
        this.#take(await queue.pullMany(ids.slice(start, start + pullLimit), clock.now()), hasLeft);
      });
    }
  }

  /**
   * Reads all waiting deliveries of many webhooks at once. Returns the webhooks that together had too many.
   */
  async #pullWebhooks(webhookIds: readonly string[]): Promise<string[]> {
    const { queue, clock, held, schedule } = this.#deps;
    const { webhooksPerRead, waitingPerRead } = this.#limits;
    const rest: string[] = [];
    for (let start = 0; start < webhookIds.length; start += webhooksPerRead) {
      const some = webhookIds.slice(start, start + webhooksPerRead);
      const found = await held.watch(async (hasLeft) => {
        if (some.length === 1) return undefined;
        const pull = await queue.pullWebhooks(some, waitingPerRead, clock.now());
        if (pull !== undefined) this.#take(pull.deliveries, hasLeft);
        return pull;
      });
      if (found === undefined) {
        rest.push(...some);
        continue;
      }
      for (const { webhookId, deliveryId, dueAt } of found.waiting) {
        schedule.addDelivery(webhookId, deliveryId, dueAt);
      }
    }
    return rest;
  }

  async #pullBacklogs(webhookIds: readonly string[], rooms: ReadonlyMap<string, number>): Promise<void> {
    const { concurrentPulls } = this.#limits;
    for (let start = 0; start < webhookIds.length; start += concurrentPulls) {
      const some = webhookIds.slice(start, start + concurrentPulls);
      await Promise.all(some.map((webhookId) => this.#pullBacklog(webhookId, rooms.get(webhookId) ?? 0)));
    }
  }

  async #pullBacklog(webhookId: string, room: number): Promise<void> {
    const { queue, clock, held, memory, schedule } = this.#deps;
    const limit = Math.min(room, memory.room);
    if (limit <= 0) return schedule.park(webhookId, 'full');
    // Those in memory are still due in the database, and come first.
    const now = clock.now();
    const nextDueAt = await held.watch(async (hasLeft) => {
      const pull = await queue.pullBacklog(webhookId, held.countPulled(webhookId) + limit, now);
      this.#take(pull.deliveries, hasLeft);
      return pull.nextDueAt;
    });
    if (nextDueAt !== undefined) schedule.addWebhook(webhookId, nextDueAt, nextDueAt <= now);
  }

  #take(deliveries: readonly DueDelivery[], hasLeft: (deliveryId: string) => boolean): void {
    const { intake, held, meter } = this.#deps;
    const added = deliveries.filter(({ deliveryId }) => !held.has(deliveryId) && !hasLeft(deliveryId));
    if (added.length > 0) meter.observeBatch('claim', added.length);
    intake.addDue(added);
  }
}
