import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReservedEvents } from '../../../../server/src/delivery/scheduling/reserved-events.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('knows an event, and when it was reserved, until it is removed', () => {
  const reserved = new ReservedEvents();
  vi.advanceTimersByTime(40);
  reserved.add('evt_a');
  const at = performance.now();
  vi.advanceTimersByTime(10);
  reserved.add('evt_b');
  expect([reserved.has('evt_a'), reserved.has('evt_b'), reserved.has('evt_c')]).toEqual([true, true, false]);
  expect([reserved.getTime('evt_a'), reserved.getTime('evt_b'), reserved.getTime('evt_c')]).toEqual([
    at,
    at + 10,
    undefined,
  ]);
  expect(reserved.size).toBe(2);
  reserved.remove('evt_a');
  expect([reserved.has('evt_a'), reserved.getTime('evt_a'), reserved.size]).toEqual([false, undefined, 1]);
  reserved.remove('evt_b');
  expect(reserved.size).toBe(0);
});
