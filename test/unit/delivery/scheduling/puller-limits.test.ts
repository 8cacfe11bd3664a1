import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PullerLimits } from '../../../../server/src/delivery/scheduling/puller.ts';
import { noMeter } from './arrange.ts';
import { partitionCount, toPartition } from '../../../../server/src/domain/partition.ts';
import { PullerScene, startAt, w1, w2, w3 } from './puller-scene.ts';

const created: PullerScene[] = [];

function arrange(limits?: Partial<PullerLimits>): PullerScene {
  const scene = new PullerScene(limits);
  created.push(scene);
  return scene;
}

beforeEach(() => {
  vi.useFakeTimers({ now: startAt });
  vi.clearAllMocks();
});

afterEach(async () => {
  await Promise.all(created.splice(0).map(({ puller }) => puller.stop()));
  vi.useRealTimers();
});

const hourMs = 3_600_000;

describe('a wait', () => {
  it('ends within a second after a jump of the clock', async () => {
    const scene = arrange();
    scene.add(w1, hourMs);
    scene.schedule.addWebhook(w1, startAt + hourMs);
    await scene.startWithoutScans();
    vi.setSystemTime(startAt + 2 * hourMs);
    await vi.advanceTimersByTimeAsync(999);
    expect(scene.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(scene.taken).toHaveLength(1);
  });
});

it('pulls what is due at that time, and not at the end of a fixed wait', async () => {
  const scene = arrange();
  scene.add(w1, 120);
  scene.schedule.addWebhook(w1, startAt + 120);
  await scene.startWithoutScans();
  await vi.advanceTimersByTimeAsync(119);
  expect(scene.queue.pullBacklog).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(scene.taken).toHaveLength(1);
});

describe('a scan', () => {
  it('visits one partition in its part of the cycle, however often the puller is woken', async () => {
    const scene = arrange();
    await scene.start();
    for (let times = 0; times < 5; times++) {
      scene.puller.wake();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(scene.queue.findHeads.mock.calls).toEqual([[1]]);
  });

  it('begins once the process owns partitions', async () => {
    const scene = arrange();
    scene.owned = [];
    await scene.start();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(scene.queue.findHeads).not.toHaveBeenCalled();
    scene.owned = [2];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.queue.findHeads.mock.calls).toEqual([[2]]);
  });

  it('of many acquired partitions visits only those in which a delivery waits', async () => {
    const scene = arrange();
    scene.add(w1, 5_000);
    const all = Array.from({ length: partitionCount }, (_, partition) => partition);
    scene.owned = all;
    scene.puller.scan(all);
    await scene.start();
    expect(scene.queue.findWaitingPartitions.mock.calls).toEqual([[all]]);
    // The cycle begins with the first one.
    expect(scene.queue.findHeads.mock.calls).toEqual([[toPartition(w1)], [0]]);
    expect(scene.schedule.nextDueAt).toBe(startAt + 5_000);
  });

  it('leaves a known delivery scheduled on its own', async () => {
    const scene = arrange();
    const [delivery] = scene.add(w1, 5_000);
    const deliveryId = delivery?.deliveryId ?? '';
    scene.schedule.addDelivery(w1, deliveryId, startAt + 5_000);
    scene.puller.scan([1]);
    await scene.start();
    expect(scene.queue.findHeads).toHaveBeenCalledWith(1);
    expect(scene.schedule.isKnown(w1, deliveryId)).toBe(true);
    expect(scene.schedule.size).toBe(1);
  });
});

describe('a backlog', () => {
  it('is read by itself, beside webhooks that are read together', async () => {
    const scene = arrange();
    for (const id of [w1, w2, w3]) scene.add(id, 0);
    scene.schedule.addWebhook(w1, startAt, true);
    for (const id of [w2, w3]) scene.schedule.addWebhook(id, startAt);
    await scene.startWithoutScans();
    expect(scene.queue.pullWebhooks.mock.calls.map(([ids]) => [...ids].sort())).toEqual([[w2, w3].sort()]);
    expect(scene.queue.pullBacklog.mock.calls.map(([id]) => id)).toEqual([w1]);
    expect(scene.taken).toHaveLength(3);
    expect(scene.queue.pullMany).not.toHaveBeenCalled();
  });

  it.each([
    ['is read by itself again while more of it is due', [-2, -1], 0],
    ['is read by itself again while more of it is due at this moment', [-1, 0], 0],
    ['is read together with others once the rest is due later', [-1, 500], 1],
  ])('%s', async (_name, dueIn, together) => {
    const scene = arrange();
    for (const id of [w1, w2]) {
      scene.add(id, ...dueIn);
      scene.rooms.set(id, 1);
      scene.schedule.addWebhook(id, startAt, true);
    }
    await scene.startWithoutScans();
    expect(scene.taken).toHaveLength(2);
    for (const id of [w1, w2]) scene.rooms.set(id, 10);
    await vi.advanceTimersByTimeAsync(500);
    expect(scene.taken).toHaveLength(4);
    expect(scene.queue.pullWebhooks).toHaveBeenCalledTimes(together);
  });

  it('is read as far as there is room in memory, beyond what is held of it', async () => {
    const scene = arrange();
    const [first] = scene.add(w1, -3, -2, -1);
    if (first === undefined) return;
    scene.held.add({ delivery: first, partition: 1, entryId: undefined });
    scene.memoryRoom = 1;
    scene.schedule.addWebhook(w1, startAt, true);
    await scene.startWithoutScans();
    expect(scene.queue.pullBacklog.mock.calls[0]).toEqual([w1, 2, startAt]);
  });

  it('waits without a read if another one took the last room', async () => {
    const scene = arrange({ concurrentPulls: 1 });
    for (const id of [w1, w2]) {
      scene.add(id, 0);
      scene.schedule.addWebhook(id, startAt, true);
    }
    scene.memoryRoom = 1;
    scene.queue.pullBacklog.mockImplementationOnce(() => {
      scene.memoryRoom = 0;
      return Promise.resolve({ deliveries: [], nextDueAt: undefined });
    });
    await scene.startWithoutScans();
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(1);
    expect(scene.queue.pullWebhooks).not.toHaveBeenCalled();
    expect([w1, w2].filter((id) => scene.schedule.getParkReason(id) === 'full')).toHaveLength(1);
  });

  it('is read with few others at the same time', async () => {
    const scene = arrange({ concurrentPulls: 2 });
    let running = 0;
    let most = 0;
    scene.queue.pullBacklog.mockImplementation(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 10));
      running--;
      return { deliveries: [], nextDueAt: undefined };
    });
    for (const id of [w1, w2, w3]) scene.schedule.addWebhook(id, startAt, true);
    await scene.startWithoutScans();
    await vi.advanceTimersByTimeAsync(20);
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(3);
    expect(most).toBe(2);
  });

  it('that is empty counts as no batch', async () => {
    const scene = arrange();
    scene.schedule.addWebhook(w1, startAt);
    await scene.startWithoutScans();
    expect(scene.queue.pullBacklog).toHaveBeenCalledTimes(1);
    expect(noMeter.observeBatch).not.toHaveBeenCalled();
    expect(scene.schedule.size).toBe(0);
  });
});
