import { vi } from 'vitest';
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
import { aDelivery, noLog, noMeter } from './arrange.ts';

export const startAt = 1_800_000_000_000;
export const [w1, w2, w3] = [webhookIn(1), webhookIn(2), webhookIn(3)];

/** A puller of the partitions 1 to 3 over waiting deliveries. Needs fake timers that begin at `startAt`. */
export class PullerScene {
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
    findWaitingPartitions: vi.fn<DeliveryQueue['findWaitingPartitions']>((partitions) => {
      const waiting = new Set(this.waiting.map(({ webhookId }) => toPartition(webhookId)));
      return Promise.resolve(partitions.filter((partition) => waiting.has(partition)));
    }),
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
