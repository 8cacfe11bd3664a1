import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeliveryCompletion } from '../../../../server/src/delivery/scheduling/completion.ts';
import { DueSchedule } from '../../../../server/src/delivery/scheduling/due-schedule.ts';
import { EntryTracker } from '../../../../server/src/delivery/scheduling/entry-tracker.ts';
import { HeldDeliveries } from '../../../../server/src/delivery/scheduling/held-deliveries.ts';
import type { Task } from '../../../../server/src/delivery/scheduling/task.ts';
import type { DeliveryResult } from '../../../../server/src/domain/ports/delivery-queue.ts';
import { toUnattemptedResult } from '../../../../server/src/delivery/attempt/attempt-effect.ts';
import { anEvent, delivered, toRetry } from '../../../support/builders.ts';
import { aTask, deferred, noLog, noMeter } from './arrange.ts';

const event = anEvent({ targets: ['wh_a', 'wh_a'], acceptedAt: 1_000 });

class Scene {
  readonly left: Task['delivery'][] = [];
  readonly held = new HeldDeliveries(vi.fn());
  readonly entries = new EntryTracker();
  readonly schedule = new DueSchedule({ maxScheduled: 100 });
  /** The writes under way. */
  readonly writes: ReturnType<typeof deferred<boolean>>[] = [];
  readonly closeEntry = vi.fn(() => Promise.resolve());
  readonly recordResult = vi.fn();
  readonly recordFailure = vi.fn();
  readonly completion = createDeliveryCompletion({
    memory: { leave: (item) => void this.left.push(item as Task['delivery']) },
    held: this.held,
    entries: this.entries,
    resultWriter: {
      write: () => {
        const write = deferred<boolean>();
        this.writes.push(write);
        return write.promise;
      },
      closeEntry: this.closeEntry,
    },
    schedule: this.schedule,
    meter: noMeter,
    activity: { recordAccepted: vi.fn(), recordResult: this.recordResult },
    webhookActivity: { recordResult: vi.fn() },
    incidents: { recordFailure: this.recordFailure },
    log: noLog,
  });

  /** Takes an entry of one partition. */
  take(tasks: readonly Task[], isComplete = true): void {
    for (const task of tasks) this.held.add(task);
    const [first] = tasks;
    if (first?.entryId === undefined) return;
    const deliveryIds = tasks.map(({ delivery }) => delivery.deliveryId);
    this.entries.begin(first.entryId, first.partition, deliveryIds, isComplete);
  }

  async complete(task: Task, result: DeliveryResult, outcome: boolean | Error = true): Promise<void> {
    this.completion.complete(task, result);
    const write = this.writes.pop();
    if (outcome instanceof Error) write?.reject(outcome);
    else write?.resolve(outcome);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const success = ({ delivery }: Task) => delivered(delivery, 1_250);
const deferral = ({ delivery }: Task, dueAt: number) =>
  toUnattemptedResult(delivery, { status: 'pending', reason: 'webhook_paused', dueAt }, 2_000);

beforeEach(() => {
  vi.clearAllMocks();
});

describe('a completed delivery', () => {
  it('leaves memory at once, and is held until its result is written', async () => {
    const scene = new Scene();
    const task = aTask(event);
    scene.take([task]);
    scene.completion.complete(task, success(task));
    expect(scene.left).toEqual([task.delivery]);
    expect(scene.held.size).toBe(1);
    expect(scene.closeEntry).not.toHaveBeenCalled();
    scene.writes[0]?.resolve(true);
    await vi.waitFor(() => expect(scene.held.size).toBe(0));
    expect(scene.closeEntry.mock.calls).toEqual([[{ entryId: event.id, partition: task.partition }]]);
    expect(noMeter.countFinished.mock.calls).toEqual([['delivered', null, 250]]);
    expect(scene.recordResult.mock.calls).toEqual([
      [event, { status: 'delivered', hasSucceeded: true, latencyMs: 250 }],
    ]);
  });

  it('closes its entry only after the last result is written', async () => {
    const scene = new Scene();
    const tasks = [aTask(event, 0), aTask(event, 1)] as const;
    scene.take(tasks);
    await scene.complete(tasks[0], success(tasks[0]));
    expect(scene.closeEntry).not.toHaveBeenCalled();
    await scene.complete(tasks[1], success(tasks[1]));
    expect(scene.closeEntry).toHaveBeenCalledTimes(1);
  });

  it('does not close an entry whose events are not all known', async () => {
    const scene = new Scene();
    const task = aTask(event);
    scene.take([task], false);
    await scene.complete(task, success(task));
    expect(scene.closeEntry).not.toHaveBeenCalled();
    expect(scene.entries.size).toBe(0);
  });

  it('leaves its entry to a sweep if its result is not written', async () => {
    const scene = new Scene();
    const tasks = [aTask(event, 0), aTask(event, 1)] as const;
    scene.take(tasks);
    await scene.complete(tasks[0], success(tasks[0]), new Error('gave up'));
    await scene.complete(tasks[1], success(tasks[1]));
    expect(scene.closeEntry).not.toHaveBeenCalled();
    expect([scene.held.size, scene.entries.size]).toEqual([0, 0]);
    expect(scene.left).toHaveLength(2);
    expect(noMeter.countFinished).toHaveBeenCalledTimes(1);
    expect(noLog.warn.mock.calls).toEqual([
      [
        { err: new Error('gave up'), deliveryId: tasks[0].delivery.deliveryId },
        'result not written; the delivery will be repeated',
      ],
    ]);
  });

  it('leaves no entry behind if it has a document and its result is not written', async () => {
    const scene = new Scene();
    const task = aTask(event, 0, 3);
    scene.take([task]);
    await scene.complete(task, success(task), new Error('gave up'));
    expect([scene.held.size, scene.entries.size, scene.left.length, scene.schedule.size]).toEqual([
      0, 0, 1, 0,
    ]);
  });

  it('is scheduled for its next attempt once the result is written, and counted as an attempt', async () => {
    const scene = new Scene();
    const task = aTask(event, 0, 3);
    scene.take([task]);
    await scene.complete(task, toRetry(task.delivery, 1_000, 6_000));
    expect(scene.schedule.isKnown('wh_a', task.delivery.deliveryId)).toBe(true);
    expect(scene.schedule.nextDueAt).toBe(6_000);
    expect(scene.recordResult).toHaveBeenCalledWith(
      event,
      expect.objectContaining({ status: 'pending', hasSucceeded: false }),
    );
    expect(noMeter.countFinished).not.toHaveBeenCalled();
    expect(scene.held.size).toBe(0);
  });

  it('has its webhook read again if another writer changed it, and is not counted', async () => {
    const scene = new Scene();
    const task = aTask(event, 0, 3);
    scene.take([task]);
    await scene.complete(task, success(task), false);
    expect(scene.schedule.takeDue(1_250, 9)).toMatchObject([{ webhookId: 'wh_a', deliveryId: undefined }]);
    expect(noMeter.countFinished).not.toHaveBeenCalled();
    expect(scene.recordResult).not.toHaveBeenCalled();
    expect(scene.held.size).toBe(0);
  });

  it('closes its entry also if another writer was first', async () => {
    const scene = new Scene();
    const task = aTask(event);
    scene.take([task]);
    await scene.complete(task, success(task), false);
    expect(scene.closeEntry).toHaveBeenCalledTimes(1);
  });
});

describe('a delivery that is not attempted', () => {
  it('only leaves memory if it has a document', async () => {
    const scene = new Scene();
    const task = aTask(event, 0, 1);
    scene.take([task]);
    scene.completion.complete(task, deferral(task, 9_000));
    expect(scene.writes).toEqual([]);
    expect([scene.left.length, scene.held.size]).toEqual([1, 0]);
    expect(scene.schedule.nextDueAt).toBe(9_000);
  });

  it('gets a document if it has none', async () => {
    const scene = new Scene();
    const task = aTask(event);
    scene.take([task]);
    await scene.complete(task, deferral(task, 9_000));
    expect(scene.closeEntry).toHaveBeenCalledTimes(1);
    expect(scene.schedule.isKnown('wh_a', task.delivery.deliveryId)).toBe(true);
  });

  it('is written as cancelled if its webhook is gone', async () => {
    const scene = new Scene();
    const task = aTask(event, 0, 1);
    scene.take([task]);
    const update = { status: 'cancelled', reason: 'webhook_deleted', dueAt: null } as const;
    await scene.complete(task, toUnattemptedResult(task.delivery, update, 2_000));
    expect(noMeter.countFinished.mock.calls).toEqual([['cancelled', 'webhook_deleted', 1_000]]);
    expect(scene.schedule.size).toBe(0);
  });
});

it('an entry that cannot be closed is left to the next owner', async () => {
  const scene = new Scene();
  scene.closeEntry.mockRejectedValueOnce(new Error('shutting down'));
  scene.completion.closeEntry(event.id, 1);
  await vi.waitFor(() =>
    expect(noLog.warn.mock.calls).toEqual([
      [{ err: new Error('shutting down'), entryId: event.id }, 'outbox entry not closed'],
    ]),
  );
});
