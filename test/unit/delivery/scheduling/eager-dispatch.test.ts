import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEagerDispatch } from '../../../../server/src/delivery/scheduling/eager-dispatch.ts';
import { MemoryBudget } from '../../../../server/src/delivery/scheduling/memory-budget.ts';
import { ReservedEvents } from '../../../../server/src/delivery/scheduling/reserved-events.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { EventBatch } from '../../../../server/src/domain/ports/event-store.ts';
import { anEvent } from '../../../support/builders.ts';

const notifyOwners = vi.fn();
const addBatch =
  vi.fn<(batch: EventBatch, hasPlace: (event: AcceptedEvent) => boolean, since?: number) => Set<number>>();

function arrange({ isAccepting = true, maxInMemory = 100 } = {}) {
  const memory = new MemoryBudget({ maxInMemory, maxBytes: 1_000_000 }, { onRoom: vi.fn() });
  const reserved = new ReservedEvents();
  const eager = createEagerDispatch({ intake: { isAccepting, addBatch }, memory, reserved, notifyOwners });
  const expectQuiet = () =>
    expect([memory.room, memory.bytes, memory.holders, reserved.size]).toEqual([maxInMemory, 0, 0, 0]);
  return { eager, memory, reserved, expectQuiet };
}

beforeEach(() => {
  notifyOwners.mockReset();
  addBatch.mockReset().mockReturnValue(new Set());
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the eager dispatch', () => {
  it('reserves a place for each delivery, and gives the places back when the event was not stored', () => {
    const { eager, memory, reserved, expectQuiet } = arrange();
    const event = anEvent({ targets: ['wh_a', 'wh_b', 'wh_c'] });
    expect(eager.reserve(event)).toBe(true);
    expect(memory.room).toBe(97);
    expect(memory.bytes).toBe(3 * event.dataText.length);
    expect(reserved.has(event.id)).toBe(true);
    eager.cancel(event);
    expectQuiet();
  });

  it('takes a stored batch, after the places of its reserved events are given back', () => {
    const { eager, memory, reserved, expectQuiet } = arrange();
    const [first, second] = [anEvent({ targets: ['wh_a'] }), anEvent({ targets: ['wh_b'] })];
    eager.reserve(first);
    const batch = { id: first.id, events: [first, second] };
    addBatch.mockImplementation((_, hasPlace) => {
      expect([memory.room, reserved.size]).toEqual([100, 0]);
      expect([hasPlace(first), hasPlace(second)]).toEqual([true, false]);
      return new Set();
    });
    eager.commit(batch, (event) => event === first);
    expect(addBatch).toHaveBeenCalledTimes(1);
    expect(notifyOwners).not.toHaveBeenCalled();
    expectQuiet();
  });

  it('gives the places back although the batch cannot be taken', () => {
    const { eager, expectQuiet } = arrange();
    const event = anEvent({ targets: ['wh_a', 'wh_b'] });
    eager.reserve(event);
    addBatch.mockImplementation(() => {
      throw new Error('planned');
    });
    expect(() => eager.commit({ id: event.id, events: [event] }, () => true)).toThrow('planned');
    expectQuiet();
    expect(notifyOwners).not.toHaveBeenCalled();
  });

  it('says since when the oldest event of a batch is being stored', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { eager, expectQuiet } = arrange();
    const [unplaced, first, second] = [anEvent(), anEvent(), anEvent()];
    eager.reserve(first);
    const since = performance.now();
    vi.advanceTimersByTime(5);
    eager.reserve(second);
    eager.commit({ id: unplaced.id, events: [unplaced, second, first] }, (event) => event !== unplaced);
    expect(addBatch.mock.lastCall?.[2]).toBe(since);
    eager.commit({ id: unplaced.id, events: [unplaced] }, () => false);
    expect(addBatch.mock.lastCall?.[2]).toBe(Number.POSITIVE_INFINITY);
    expectQuiet();
  });

  it('notifies the owners of other partitions', () => {
    const { eager } = arrange();
    const event = anEvent();
    addBatch.mockReturnValue(new Set([4, 7]));
    eager.commit({ id: event.id, events: [event] }, () => false);
    expect(notifyOwners.mock.calls).toEqual([[event.id, new Set([4, 7])]]);
  });

  it('reserves nothing without room', () => {
    const { eager, expectQuiet } = arrange({ maxInMemory: 3 });
    expect(eager.reserve(anEvent({ targets: ['wh_a', 'wh_b', 'wh_c', 'wh_d'] }))).toBe(false);
    expectQuiet();
  });

  it('reserves nothing while the process does not send', () => {
    const { eager, expectQuiet } = arrange({ isAccepting: false });
    expect(eager.reserve(anEvent())).toBe(false);
    expectQuiet();
  });
});
