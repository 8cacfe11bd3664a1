import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DueSchedule } from '../../../../server/src/delivery/scheduling/due-schedule.ts';
import { HeldDeliveries } from '../../../../server/src/delivery/scheduling/held-deliveries.ts';
import { Puller, type PullerLimits } from '../../../../server/src/delivery/scheduling/puller.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type {
  DeliveryQueue,
  DueDelivery,
  WaitingDelivery,
} from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { aWebhook, anEvent } from '../../../support/builders.ts';
import { webhookIn } from '../../../support/webhook-in.ts';
import { aDelivery, deferred, noLog, noMeter } from './arrange.ts';

const startAt = 1_800_000_000_000;
const [w1, w2, w3, foreign] = [webhookIn(1), webhookIn(2), webhookIn(3), webhookIn(9)];

const created: Puller[] = [];

/** A puller of the partitions 1 to 3 over waiting deliveries. */
class Scene {
  waiting: (WaitingDelivery & { readonly delivery: DueDelivery })[] = [];
  owned: readonly number[] = [1, 2, 3];
  memoryRoom = 1_000;
  readonly rooms = new Map<string, number>();
  readonly webhooks = new Map<string, Webhook | undefined>();
  readonly taken: string[] = [];
  readonly schedule = new DueSchedule({ maxScheduled: 1_000 });
  readonly held = new HeldDeliveries(vi.fn());
  readonly cancelDeleted = vi.fn((webhookId: string) => {
    this.waiting = this.waiting.filter((doc) => doc.webhookId !== webhookId);
    return Promise.resolve();
  });
  readonly queue = {
    findHeads: vi.fn<DeliveryQueue['findHeads']>((partition) =>
      Promise.resolve(this.#select((id) => toPartition(id) === partition).slice(0, 1)),
    ),
    pullMany: vi.fn<DeliveryQueue['pullMany']>((deliveryIds, now) =>
      Promise.resolve(
        this.waiting
          .filter(({ deliveryId, dueAt }) => deliveryIds.includes(deliveryId) && dueAt <= now)
          .map(({ delivery }) => delivery),
      ),
    ),
    pullWebhooks: vi.fn<DeliveryQueue['pullWebhooks']>((webhookIds, limit, now) => {
      const all = this.#select((id) => webhookIds.includes(id));
      const deliveries = all.filter(({ dueAt }) => dueAt <= now).map(({ delivery }) => delivery);
      const rest = all.filter(({ dueAt }) => dueAt > now);
      return Promise.resolve(all.length > limit ? undefined : { deliveries, waiting: rest });
    }),
    pullBacklog: vi.fn<DeliveryQueue['pullBacklog']>((webhookId, limit, now) => {
      const all = this.#select((id) => id === webhookId);
      const due = all.slice(0, limit).filter(({ dueAt }) => dueAt <= now);
      return Promise.resolve({
        deliveries: due.map(({ delivery }) => delivery),
        nextDueAt: all[due.length]?.dueAt,
      });
    }),
  };
  readonly puller: Puller;

  constructor(limits: Partial<PullerLimits> = {}) {
    this.puller = new Puller(
      {
        queue: this.queue,
        schedule: this.schedule,
        held: this.held,
        intake: { addDue: (deliveries) => this.#addDue(deliveries) },
        memory: Object.defineProperty({ room: 0 }, 'room', { get: () => this.memoryRoom }),
        dispatcher: { roomFor: (webhookId) => this.rooms.get(webhookId) ?? 100 },
        webhookCache: {
          listForApp: () => [],
          get: (id) => (this.webhooks.has(id) ? this.webhooks.get(id) : aWebhook({ id })),
        },
        owns: (partition) => this.owned.includes(partition),
        getOwned: () => this.owned,
        cancelDeleted: this.cancelDeleted,
        clock: { now: () => Date.now() },
        log: noLog,
        meter: noMeter,
      },
      limits,
    );
    created.push(this.puller);
  }

  /** Waiting deliveries of a webhook, one for each due time, relative to the start. */
  add(webhookId: string, ...dueIn: number[]): DueDelivery[] {
    const added = dueIn.map((ms) => {
      const delivery = aDelivery(anEvent({ targets: [webhookId] }), 0, 1);
      return { webhookId, deliveryId: delivery.deliveryId, dueAt: startAt + ms, delivery };
    });
    this.waiting.push(...added);
    return added.map(({ delivery }) => delivery);
  }

  /** The delivery is attempted, and its result is written. */
  finish(delivery: DueDelivery): void {
    this.waiting = this.waiting.filter(({ deliveryId }) => deliveryId !== delivery.deliveryId);
    this.held.remove({ delivery, partition: toPartition(delivery.webhookId), entryId: undefined });
  }

  async start(): Promise<void> {
    this.puller.start();
    await vi.advanceTimersByTimeAsync(0);
  }

  /** Without the scans of the cycle. */
  async startWithoutScans(): Promise<void> {
    this.queue.findHeads.mockResolvedValue([]);
    await this.start();
  }

  #select(isSelected: (webhookId: string) => boolean) {
    return this.waiting.filter(({ webhookId }) => isSelected(webhookId)).sort((a, b) => a.dueAt - b.dueAt);
  }

  #addDue(deliveries: readonly DueDelivery[]): void {
    for (const delivery of deliveries) {
      this.taken.push(delivery.deliveryId);
      this.held.add({ delivery, partition: toPartition(delivery.webhookId), entryId: undefined });
    }
  }
}

const idsOf = (deliveries: readonly DueDelivery[]) => deliveries.map(({ deliveryId }) => deliveryId);
const byId = (a: string, b: string) => a.localeCompare(b);

beforeEach(() => {
  vi.useFakeTimers({ now: startAt });
  vi.clearAllMocks();
});

afterEach(async () => {
  await Promise.all(created.splice(0).map((puller) => puller.stop()));
  vi.useRealTimers();
});

describe('the puller', () => {
  it('takes known deliveries when they are due, many in one read', async () => {
    const scene = new Scene({ pullLimit: 2 });
    const deliveries = [w1, w2, w3].flatMap((id) => scene.add(id, 300));
    for (const { webhookId, deliveryId } of deliveries) {
      scene.schedule.addDelivery(webhookId, deliveryId, startAt + 300);
    }
    await scene.startWithoutScans();
    await vi.advanceTimersByTimeAsync(299);
    expect(scene.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([...scene.taken].sort(byId)).toEqual(idsOf(deliveries).sort(byId));
    expect(scene.queue.pullMany.mock.calls.map(([ids]) => ids.length)).toEqual([2, 1]);
    expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
  });

  it('does not read a delivery that is in memory', async () => {
    const scene = new Scene();
    const [delivery] = scene.add(w1, 0);
    if (delivery === undefined) return;
    scene.held.add({ delivery, partition: 1, entryId: undefined });
    scene.schedule.addDelivery(w1, delivery.deliveryId, startAt);
    await scene.startWithoutScans();
    expect(scene.queue.pullMany).not.toHaveBeenCalled();
    expect(scene.taken).toEqual([]);
  });

  it('takes nothing that left memory during the read', async () => {
    const scene = new Scene();
    const [first, second] = scene.add(w1, 0, 0);
    if (first === undefined || second === undefined) return;
    scene.held.add({ delivery: first, partition: 1, entryId: undefined });
    const reply = deferred<Awaited<ReturnType<DeliveryQueue['pullBacklog']>>>();
    scene.queue.pullBacklog.mockReturnValueOnce(reply.promise);
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    scene.finish(first);
    reply.resolve({ deliveries: [first, second], nextDueAt: undefined });
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.taken).toEqual([second.deliveryId]);
  });

  it('reads several webhooks at once, and schedules what is not due', async () => {
    const scene = new Scene();
    const [due] = scene.add(w1, -5, 5_000);
    scene.add(w2, 7_000);
    for (const id of [w1, w2]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect(scene.taken).toEqual([due?.deliveryId]);
    expect(scene.queue.pullWebhooks).toHaveBeenCalledTimes(1);
    expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
    expect(scene.schedule.size).toBe(2);
    expect(scene.schedule.nextDueAt).toBe(startAt + 5_000);
  });

  it('reads webhooks one by one if they have too many together', async () => {
    const scene = new Scene({ waitingPerRead: 2, concurrentPulls: 1 });
    const all = [...scene.add(w1, -3, -2), ...scene.add(w2, -1)];
    for (const id of [w1, w2]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect([...scene.taken].sort(byId)).toEqual(idsOf(all).sort(byId));
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(2);
  });

  it('reads webhooks in groups', async () => {
    const scene = new Scene({ webhooksPerRead: 2 });
    for (const id of [w1, w2, w3]) scene.add(id, 0);
    for (const id of [w1, w2, w3]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect(scene.taken).toHaveLength(3);
    expect(scene.queue.pullWebhooks).toHaveBeenCalledTimes(1);
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(1);
  });

  it('takes the backlog of a webhook up to its room, and the rest as room comes', async () => {
    const scene = new Scene();
    const deliveries = scene.add(w1, -5, -4, -3, -2, -1);
    scene.rooms.set(w1, 2);
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    scene.rooms.set(w1, 0);
    await vi.advanceTimersByTimeAsync(50);
    const before = scene.taken.length;
    expect(before).toBeLessThan(5);
    expect(scene.schedule.getParkReason(w1)).toBe('full');
    scene.rooms.set(w1, 10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.taken).toEqual(idsOf(deliveries));
    expect(scene.schedule.parked).toBe(0);
  });

  it('keeps at most 200 deliveries with a document of a webhook in memory', async () => {
    const scene = new Scene();
    scene.add(w1, ...Array.from({ length: 350 }, (_, index) => index - 400));
    scene.rooms.set(w1, 1_000);
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(scene.held.countPulled(w1)).toBe(200);
  });

  it('does not pull a disabled webhook until it is unparked', async () => {
    const scene = new Scene();
    const [delivery] = scene.add(w1, 0);
    scene.webhooks.set(w1, aWebhook({ id: w1, enabled: false }));
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(scene.schedule.getParkReason(w1)).toBe('disabled');
    expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
    scene.webhooks.delete(w1);
    scene.schedule.unpark(w1);
    scene.puller.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.taken).toEqual([delivery?.deliveryId]);
  });

  it('looks again with a scan at a webhook whose enabling was not notified', async () => {
    const scene = new Scene({ scanCycleMs: 3_000 });
    const [delivery] = scene.add(w1, 0);
    scene.webhooks.set(w1, aWebhook({ id: w1, enabled: false }));
    await scene.start();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(scene.schedule.getParkReason(w1)).toBe('disabled');
    scene.webhooks.delete(w1);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(scene.taken).toEqual([delivery?.deliveryId]);
  });

  it('cancels what waits for a deleted webhook', async () => {
    const scene = new Scene();
    scene.add(w1, 0);
    scene.webhooks.set(w1, undefined);
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    expect(scene.cancelDeleted.mock.calls).toEqual([[w1]]);
    expect(scene.taken).toEqual([]);
    expect(scene.schedule.size).toBe(0);
  });

  it('drops what belongs to other owners', async () => {
    const scene = new Scene();
    const [delivery] = scene.add(foreign, 0);
    scene.schedule.addDelivery(foreign, delivery?.deliveryId ?? '', startAt);
    await scene.startWithoutScans();
    expect(scene.queue.pullMany).not.toHaveBeenCalled();
    expect(scene.schedule.size).toBe(0);
  });

  it('pulls again what it could not read', async () => {
    const scene = new Scene();
    const [first] = scene.add(w1, -1);
    const [second] = scene.add(w2, -1);
    scene.schedule.addDelivery(w1, first?.deliveryId ?? '', startAt);
    scene.schedule.addWebhook(w2, startAt);
    scene.queue.pullBacklog.mockRejectedValueOnce(new Error('away'));
    await scene.startWithoutScans();
    expect(noLog.warn).toHaveBeenCalledTimes(1);
    expect(scene.taken).toEqual([first?.deliveryId]);
    await vi.advanceTimersByTimeAsync(50);
    expect(scene.taken).toEqual(idsOf([first, second].flatMap((delivery) => delivery ?? [])));
  });

  it('reads nothing without room in memory', async () => {
    const scene = new Scene();
    scene.add(w1, 0);
    scene.memoryRoom = 0;
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    await vi.advanceTimersByTimeAsync(500);
    expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
    scene.memoryRoom = 1;
    await vi.advanceTimersByTimeAsync(50);
    expect(scene.taken).toHaveLength(1);
  });

  it('goes on at once while more webhooks are due than one round looks at', async () => {
    const scene = new Scene({ roundLimit: 1 });
    for (const id of [w1, w2, w3]) scene.add(id, 0);
    for (const id of [w1, w2, w3]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect(scene.taken).toHaveLength(3);
  });
});

describe('a scan', () => {
  it('reads the heads of acquired partitions at once, some at a time', async () => {
    const scene = new Scene({ concurrentScans: 2 });
    const deliveries = [w1, w2, w3].flatMap((id) => scene.add(id, 0));
    const replies = [deferred<WaitingDelivery[]>(), deferred<WaitingDelivery[]>()];
    for (const { promise } of replies) scene.queue.findHeads.mockReturnValueOnce(promise);
    scene.puller.scan([1, 2, 3, 9]);
    await scene.start();
    expect(scene.queue.findHeads.mock.calls).toEqual([[1], [2]]);
    replies[0]?.resolve([{ ...scene.waiting[0], dueAt: startAt } as WaitingDelivery]);
    replies[1]?.resolve([{ ...scene.waiting[1], dueAt: startAt } as WaitingDelivery]);
    await vi.advanceTimersByTimeAsync(0);
    expect([...scene.taken].sort(byId)).toEqual(idsOf(deliveries).sort(byId));
    expect(scene.queue.findHeads).not.toHaveBeenCalledWith(9);
  });

  it('is repeated if it fails', async () => {
    const scene = new Scene();
    scene.add(w1, 0);
    scene.queue.findHeads.mockRejectedValueOnce(new Error('away'));
    scene.puller.scan([1]);
    await scene.start();
    expect(scene.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.taken).toHaveLength(1);
  });

  it('ignores the heads of a partition that was lost meanwhile', async () => {
    const scene = new Scene();
    const reply = deferred<WaitingDelivery[]>();
    scene.queue.findHeads.mockReturnValueOnce(reply.promise);
    scene.puller.scan([1]);
    await scene.start();
    scene.add(w1, 9_000);
    scene.owned = [2, 3];
    reply.resolve(scene.waiting);
    await vi.advanceTimersByTimeAsync(0);
    expect(scene.schedule.size).toBe(0);
  });

  it('visits all owned partitions in one cycle', async () => {
    const scene = new Scene({ scanCycleMs: 3_000 });
    await scene.start();
    await vi.advanceTimersByTimeAsync(3_100);
    expect(scene.queue.findHeads.mock.calls.map(([partition]) => partition)).toEqual([1, 2, 3, 1]);
  });

  it('finds what no notification announced, behind a head that is not known', async () => {
    const scene = new Scene({ scanCycleMs: 300 });
    await scene.start();
    const [soon, later] = scene.add(w1, 400, 2_000);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(scene.taken).toEqual(idsOf([soon, later].flatMap((delivery) => delivery ?? [])));
  });
});

it('stops after the reads under way', async () => {
  const scene = new Scene();
  await scene.startWithoutScans();
  await scene.puller.stop();
  scene.add(w1, 0);
  scene.schedule.addWebhook(w1, startAt);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(scene.taken).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
