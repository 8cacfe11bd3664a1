import { describe, expect, it, vi } from 'vitest';
import { HeldDeliveries } from '../../../../server/src/delivery/scheduling/held-deliveries.ts';
import { anEvent } from '../../../support/builders.ts';
import { aTask, deferred } from './arrange.ts';

describe('held deliveries', () => {
  it('holds each delivery once, and counts it in its partition', () => {
    const held = new HeldDeliveries(vi.fn());
    const task = aTask();
    expect(held.add(task)).toBe(true);
    expect(held.add(task)).toBe(false);
    expect(held.has(task.delivery.deliveryId)).toBe(true);
    expect([held.size, held.countIn(task.partition)]).toEqual([1, 1]);
    held.remove(task);
    held.remove(task);
    expect(held.has(task.delivery.deliveryId)).toBe(false);
    expect([held.size, held.countIn(task.partition)]).toEqual([0, 0]);
  });

  it('counts the deliveries of a webhook that have a document, and says when one leaves', () => {
    const onPulledChanged = vi.fn();
    const held = new HeldDeliveries(onPulledChanged);
    const event = anEvent({ targets: ['wh_a', 'wh_a', 'wh_a'] });
    const [first, second, third] = [aTask(event, 0), aTask(event, 1, 1), aTask(event, 2, 4)];
    for (const task of [first, second, third]) held.add(task);
    expect(held.countPulled('wh_a')).toBe(2);
    held.remove(first);
    expect(onPulledChanged).not.toHaveBeenCalled();
    held.remove(second);
    held.remove(third);
    held.remove(third);
    expect(onPulledChanged.mock.calls).toEqual([
      ['wh_a', 1],
      ['wh_a', 0],
    ]);
    expect(held.countPulled('wh_a')).toBe(0);
  });

  it('knows which deliveries have left since a read began, for each read', async () => {
    const held = new HeldDeliveries(vi.fn());
    const [before, meanwhile] = [aTask(), aTask(anEvent())];
    held.add(before);
    held.add(meanwhile);
    held.remove(before);
    const reply = deferred<void>();
    const read = held.watch(async (hasLeft) => {
      await reply.promise;
      return [before, meanwhile].map(({ delivery }) => hasLeft(delivery.deliveryId));
    });
    held.remove(meanwhile);
    const later = held.watch((hasLeft) => Promise.resolve(hasLeft(meanwhile.delivery.deliveryId)));
    reply.resolve();
    expect(await read).toEqual([false, true]);
    expect(await later).toBe(false);
  });

  it('passes the failure of a read on', async () => {
    const held = new HeldDeliveries(vi.fn());
    await expect(held.watch(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  });
});
