import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueSchedule, type ParkReason } from '../../../../server/src/delivery/scheduling/due-schedule.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';

/** What a schedule has to find: for each webhook, its known deliveries, or that a read finds them. */
class Model {
  readonly #webhooks = new Map<string, { deliveries: Map<string, number>; wholeAt: number | undefined }>();
  readonly #parked = new Map<string, ParkReason>();
  readonly #maxPerWebhook: number;

  constructor(maxPerWebhook: number) {
    this.#maxPerWebhook = maxPerWebhook;
  }

  get parked(): number {
    return this.#parked.size;
  }

  get times(): number[] {
    return [...this.#webhooks.values()].flatMap(({ deliveries, wholeAt }) =>
      wholeAt === undefined ? [...deliveries.values()] : [wholeAt],
    );
  }

  addDelivery(webhookId: string, deliveryId: string, dueAt: number): void {
    if (this.#parked.has(webhookId)) return;
    const known = this.#get(webhookId);
    const isFull = known.deliveries.size >= this.#maxPerWebhook;
    if (known.wholeAt !== undefined || isFull) this.addWebhook(webhookId, dueAt);
    else known.deliveries.set(deliveryId, dueAt);
  }

  addWebhook(webhookId: string, dueAt: number): void {
    if (this.#parked.has(webhookId)) return;
    const known = this.#get(webhookId);
    known.wholeAt = Math.min(dueAt, known.wholeAt ?? dueAt, ...known.deliveries.values());
    known.deliveries.clear();
  }

  take(webhookId: string, deliveryId: string | undefined): number | undefined {
    const known = this.#get(webhookId);
    if (deliveryId === undefined) {
      const at = known.wholeAt;
      this.#webhooks.delete(webhookId);
      return at;
    }
    const at = known.deliveries.get(deliveryId);
    known.deliveries.delete(deliveryId);
    return at;
  }

  park(webhookId: string, reason: ParkReason): void {
    this.#webhooks.delete(webhookId);
    this.#parked.set(webhookId, reason);
  }

  unpark(webhookId: string): void {
    if (this.#parked.delete(webhookId)) this.addWebhook(webhookId, 0);
  }

  unparkAll(reason: ParkReason): void {
    const parked = Array.from(this.#parked, ([id, why]) => ({ id, why }));
    for (const { id, why } of parked) if (why === reason) this.unpark(id);
  }

  drop(isDropped: (webhookId: string) => boolean): void {
    for (const id of this.#webhooks.keys()) if (isDropped(id)) this.#webhooks.delete(id);
    for (const id of this.#parked.keys()) if (isDropped(id)) this.#parked.delete(id);
  }

  #get(webhookId: string) {
    const found = this.#webhooks.get(webhookId);
    if (found !== undefined) return found;
    const known = { deliveries: new Map<string, number>(), wholeAt: undefined as number | undefined };
    this.#webhooks.set(webhookId, known);
    return known;
  }
}

const webhook = fc.constantFrom('wh_a', 'wh_b', 'wh_c');
const time = fc.integer({ min: 0, max: 30 });
const reason = fc.constantFrom<ParkReason>('full', 'disabled');
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('delivery'), webhook, id: fc.nat({ max: 4 }), time }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('webhook'), webhook, time }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('take'), time, limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('park'), webhook, reason }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unpark'), webhook }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unparkAll'), reason }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop'), webhook }) },
);
type Step = {
  readonly kind: string;
  readonly webhook?: string;
  readonly id?: number;
  readonly time?: number;
  readonly limit?: number;
  readonly reason?: ParkReason;
};

const maxPerWebhook = 3;

function takeBoth(schedule: DueSchedule, model: Model, now: number, limit: number): void {
  const due = model.times.filter((at) => at <= now).sort((a, b) => a - b);
  const taken = schedule.takeDue(now, limit);
  expect(taken.map(({ dueAt }) => dueAt)).toEqual(due.slice(0, limit));
  for (const { webhookId, deliveryId, dueAt } of taken) expect(model.take(webhookId, deliveryId)).toBe(dueAt);
}

function apply(schedule: DueSchedule, model: Model, given: Step): void {
  const { kind, webhook: id = '', time: at = 0, reason: why = 'full', limit = 1 } = given;
  if (kind === 'delivery') {
    for (const target of [schedule, model]) target.addDelivery(id, `dlv_${id}_${given.id}`, at);
  } else if (kind === 'webhook') for (const target of [schedule, model]) target.addWebhook(id, at);
  else if (kind === 'park') for (const target of [schedule, model]) target.park(id, why);
  else if (kind === 'unpark') for (const target of [schedule, model]) target.unpark(id);
  else if (kind === 'unparkAll') for (const target of [schedule, model]) target.unparkAll(why);
  else if (kind === 'drop') {
    schedule.dropPartitions((partition) => partition === toPartition(id));
    model.drop((other) => other === id);
  } else takeBoth(schedule, model, at, limit);
}

describe('the due schedule', () => {
  it('finds what was added, in the order of the due times, whatever happens between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const schedule = new DueSchedule({ maxScheduled: 1_000, maxPerWebhook });
        const model = new Model(maxPerWebhook);
        for (const given of steps) {
          apply(schedule, model, given);
          expect(schedule.size).toBe(model.times.length);
          expect(schedule.parked).toBe(model.parked);
          expect(schedule.nextDueAt).toBe(Math.min(...model.times));
        }
        for (const why of ['full', 'disabled'] as const) {
          schedule.unparkAll(why);
          model.unparkAll(why);
        }
        takeBoth(schedule, model, 30, 1_000);
        expect(schedule.size).toBe(0);
      }),
    );
  });

  it('keeps at most its limit, and the half that is due first when it is exceeded', () => {
    const delivery = fc.record({ id: fc.nat({ max: 1_000 }), dueAt: fc.nat({ max: 1_000 }) });
    const some = fc.uniqueArray(delivery, { minLength: 11, maxLength: 11, selector: ({ id }) => id });
    fc.assert(
      fc.property(some, (deliveries) => {
        const schedule = new DueSchedule({ maxScheduled: 10, maxPerWebhook });
        for (const { id, dueAt } of deliveries) schedule.addDelivery(`wh_${id}`, `dlv_${id}`, dueAt);
        const soonest = deliveries.map(({ dueAt }) => dueAt).sort((a, b) => a - b);
        expect(schedule.size).toBe(5);
        expect(schedule.takeDue(1_000, 100).map(({ dueAt }) => dueAt)).toEqual(soonest.slice(0, 5));
      }),
    );
  });

  it('keeps whole webhooks when it is exceeded', () => {
    const schedule = new DueSchedule({ maxScheduled: 2, maxPerWebhook });
    schedule.addWebhook('wh_a', 2, true);
    schedule.addDelivery('wh_b', 'dlv_b', 3);
    schedule.addWebhook('wh_c', 1);
    expect(schedule.takeDue(9, 9)).toEqual([
      { webhookId: 'wh_c', dueAt: 1, deliveryId: undefined, isBacklog: false },
    ]);
  });

  it('knows the deliveries that it schedules on their own', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    schedule.addDelivery('wh_a', 'dlv_1', 5);
    expect(schedule.isKnown('wh_a', 'dlv_1')).toBe(true);
    expect(schedule.isKnown('wh_a', 'dlv_2')).toBe(false);
    schedule.addWebhook('wh_a', 7);
    expect(schedule.isKnown('wh_a', 'dlv_1')).toBe(false);
    expect(schedule.takeDue(5, 9)).toHaveLength(1);
  });

  it('remembers that a webhook has a backlog', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    schedule.addWebhook('wh_a', 5);
    schedule.addWebhook('wh_a', 5, true);
    expect(schedule.takeDue(5, 9)).toEqual([
      { webhookId: 'wh_a', dueAt: 5, deliveryId: undefined, isBacklog: true },
    ]);
  });

  it('says why a webhook is parked, and ignores what is added to it', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    schedule.park('wh_a', 'disabled');
    schedule.addDelivery('wh_a', 'dlv_1', 1);
    schedule.addWebhook('wh_a', 1);
    expect(schedule.getParkReason('wh_a')).toBe('disabled');
    expect(schedule.size).toBe(0);
    expect(schedule.unpark('wh_a')).toBe(true);
    expect(schedule.unpark('wh_a')).toBe(false);
    expect(schedule.getParkReason('wh_a')).toBeUndefined();
    expect(schedule.nextDueAt).toBe(0);
  });

  it('schedules a webhook as a whole once more of its deliveries are known than its limit', () => {
    const schedule = new DueSchedule({ maxScheduled: 10, maxPerWebhook: 2 });
    for (const [id, dueAt] of [8, 6, 7].entries()) schedule.addDelivery('wh_a', `dlv_${id}`, dueAt);
    expect(schedule.size).toBe(1);
    expect(schedule.takeDue(9, 9)).toEqual([
      { webhookId: 'wh_a', dueAt: 6, deliveryId: undefined, isBacklog: false },
    ]);
  });

  it('returns a delivery that is known on its own', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    expect(schedule.isKnown('wh_a', 'dlv_1')).toBe(false);
    schedule.addDelivery('wh_a', 'dlv_1', 5);
    expect(schedule.takeDue(5, 9)).toEqual([
      { webhookId: 'wh_a', dueAt: 5, deliveryId: 'dlv_1', isBacklog: false },
    ]);
  });

  it('keeps all that it was given up to its limit', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    for (let id = 0; id < 10; id++) schedule.addDelivery(`wh_${id}`, `dlv_${id}`, id);
    expect(schedule.size).toBe(10);
    expect(schedule.takeDue(9, 99)).toHaveLength(10);
  });

  it('takes no memory for what it has already', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    for (let times = 0; times < 3; times++) {
      schedule.addDelivery('wh_a', 'dlv_1', 5);
      schedule.addWebhook('wh_b', 5);
    }
    expect([schedule.size, schedule.allocated]).toEqual([2, 2]);
  });

  it('drops the scheduled and the parked webhooks of a partition, and no others', () => {
    const schedule = new DueSchedule({ maxScheduled: 10 });
    schedule.addDelivery('wh_a', 'dlv_1', 5);
    schedule.addWebhook('wh_b', 5);
    const other = toPartition('wh_a') === toPartition('wh_c') ? 'wh_d' : 'wh_c';
    schedule.park(other, 'full');
    schedule.dropPartitions((partition) => partition === toPartition(other));
    expect([schedule.size, schedule.parked]).toEqual([2, 0]);
    schedule.dropPartitions((partition) => partition === toPartition('wh_a'));
    expect(schedule.size).toBe(toPartition('wh_a') === toPartition('wh_b') ? 0 : 1);
    expect(schedule.isKnown('wh_a', 'dlv_1')).toBe(false);
  });

  it('frees the memory of due times that were replaced', () => {
    const schedule = new DueSchedule({ maxScheduled: 100 });
    for (let dueAt = 1; dueAt <= 20_000; dueAt++) schedule.addDelivery('wh_a', 'dlv_1', 1_000_000 - dueAt);
    expect(schedule.size).toBe(1);
    expect(schedule.allocated).toBeLessThan(1_100);
    expect(schedule.nextDueAt).toBe(1_000_000 - 20_000);
  });
});
