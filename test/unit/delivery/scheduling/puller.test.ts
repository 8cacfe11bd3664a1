import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PullerLimits } from '../../../../server/src/delivery/scheduling/puller.ts';
import type {
  DeliveryQueue,
  DueDelivery,
  WaitingDelivery,
} from '../../../../server/src/domain/ports/delivery-queue.ts';
import { aWebhook } from '../../../support/builders.ts';
import { webhookIn } from '../../../support/webhook-in.ts';
import { deferred, noLog, noMeter } from './arrange.ts';
import { PullerScene, startAt, w1, w2, w3 } from './puller-scene.ts';

const foreign = webhookIn(9);
const created: PullerScene[] = [];

function arrange(limits?: Partial<PullerLimits>): PullerScene {
  const scene = new PullerScene(limits);
  created.push(scene);
  return scene;
}

const idsOf = (deliveries: readonly DueDelivery[]) => deliveries.map(({ deliveryId }) => deliveryId);
const byId = (a: string, b: string) => a.localeCompare(b);

beforeEach(() => {
  vi.useFakeTimers({ now: startAt });
  vi.clearAllMocks();
});

afterEach(async () => {
  await Promise.all(created.splice(0).map(({ puller }) => puller.stop()));
  vi.useRealTimers();
});

describe('the puller', () => {
  it('takes known deliveries when they are due, many in one read', async () => {
    const scene = arrange({ pullLimit: 2 });
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
    expect(noMeter.observeBatch.mock.calls).toEqual([
      ['claim', 2],
      ['claim', 1],
    ]);
    expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
  });

  it('does not read a delivery that is in memory', async () => {
    const scene = arrange();
    const [delivery] = scene.add(w1, 0);
    if (delivery === undefined) return;
    scene.held.add({ delivery, partition: 1, entryId: undefined });
    scene.schedule.addDelivery(w1, delivery.deliveryId, startAt);
    await scene.startWithoutScans();
    expect(scene.queue.pullMany).not.toHaveBeenCalled();
    expect(scene.taken).toEqual([]);
  });

  it('takes nothing that left memory during the read', async () => {
    const scene = arrange();
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
    const scene = arrange();
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
    const scene = arrange({ waitingPerRead: 2, concurrentPulls: 1 });
    const all = [...scene.add(w1, -3, -2), ...scene.add(w2, -1)];
    for (const id of [w1, w2]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect([...scene.taken].sort(byId)).toEqual(idsOf(all).sort(byId));
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(2);
  });

  it('reads webhooks in groups', async () => {
    const scene = arrange({ webhooksPerRead: 2 });
    for (const id of [w1, w2, w3]) scene.add(id, 0);
    for (const id of [w1, w2, w3]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect(scene.taken).toHaveLength(3);
    expect(scene.queue.pullWebhooks).toHaveBeenCalledTimes(1);
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(1);
  });

  it('takes the backlog of a webhook up to its room, and the rest as room comes', async () => {
    const scene = arrange();
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
    const scene = arrange();
    scene.add(w1, ...Array.from({ length: 350 }, (_, index) => index - 400));
    scene.rooms.set(w1, 1_000);
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(scene.held.countPulled(w1)).toBe(200);
  });

  it('does not pull a disabled webhook until it is unparked', async () => {
    const scene = arrange();
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
    const scene = arrange({ scanCycleMs: 3_000 });
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
    const scene = arrange();
    scene.add(w1, 0);
    scene.webhooks.set(w1, undefined);
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    expect(scene.cancelDeleted.mock.calls).toEqual([[w1]]);
    expect(scene.taken).toEqual([]);
    expect(scene.schedule.size).toBe(0);
  });

  it('drops what belongs to other owners', async () => {
    const scene = arrange();
    const [delivery] = scene.add(foreign, 0);
    scene.schedule.addDelivery(foreign, delivery?.deliveryId ?? '', startAt);
    await scene.startWithoutScans();
    expect(scene.queue.pullMany).not.toHaveBeenCalled();
    expect(scene.schedule.size).toBe(0);
  });

  it('pulls again what it could not read', async () => {
    const scene = arrange();
    const [first] = scene.add(w1, -1);
    const [second] = scene.add(w2, -1);
    scene.schedule.addDelivery(w1, first?.deliveryId ?? '', startAt);
    scene.schedule.addWebhook(w2, startAt);
    scene.queue.pullBacklog.mockRejectedValueOnce(new Error('away'));
    await scene.startWithoutScans();
    expect(noLog.warn.mock.calls).toEqual([
      [{ err: new Error('away') }, 'could not read waiting deliveries; retrying'],
    ]);
    expect(scene.taken).toEqual([first?.deliveryId]);
    await vi.advanceTimersByTimeAsync(50);
    expect(scene.taken).toEqual(idsOf([first, second].flatMap((delivery) => delivery ?? [])));
  });

  it('reads nothing without room in memory', async () => {
    const scene = arrange();
    scene.add(w1, 0);
    scene.memoryRoom = 0;
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    scene.memoryRoom = 1;
    await vi.advanceTimersByTimeAsync(49);
    expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(scene.taken).toHaveLength(1);
  });

  it('goes on at once while more webhooks are due than one round looks at', async () => {
    const scene = arrange({ roundLimit: 1 });
    for (const id of [w1, w2, w3]) scene.add(id, 0);
    for (const id of [w1, w2, w3]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect(scene.taken).toHaveLength(3);
  });
});

describe('a scan', () => {
  it('reads the heads of acquired partitions at once, some at a time', async () => {
    const scene = arrange({ concurrentScans: 2 });
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
    const scene = arrange();
    scene.add(w1, 0);
    scene.queue.findHeads.mockRejectedValueOnce(new Error('away'));
    scene.puller.scan([1]);
    await scene.start();
    expect(scene.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.taken).toHaveLength(1);
  });

  it('ignores the heads of a partition that was lost meanwhile', async () => {
    const scene = arrange();
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
    const scene = arrange({ scanCycleMs: 3_000 });
    await scene.start();
    await vi.advanceTimersByTimeAsync(3_100);
    expect(scene.queue.findHeads.mock.calls.map(([partition]) => partition)).toEqual([1, 2, 3, 1]);
  });

  it('finds what no notification announced, behind a head that is not known', async () => {
    const scene = arrange({ scanCycleMs: 300 });
    await scene.start();
    const [soon, later] = scene.add(w1, 400, 2_000);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(scene.taken).toEqual(idsOf([soon, later].flatMap((delivery) => delivery ?? [])));
  });
});

it('stops after the reads under way', async () => {
  const scene = arrange();
  await scene.startWithoutScans();
  await scene.puller.stop();
  scene.add(w1, 0);
  scene.schedule.addWebhook(w1, startAt);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(scene.taken).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
