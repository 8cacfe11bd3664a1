import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DispatcherScene } from '../../../support/dispatcher-scene.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

it('defers deliveries beyond those that wait in memory for a probe, and sends the others', async () => {
  const scene = new DispatcherScene({ maxInFlight: 64, initialInFlight: 64 });
  scene.health.mockImplementation((queue) => Promise.resolve(queue.startProbing()));
  scene.enqueue('a.1', 35);
  expect([scene.dispatcher.inFlight, scene.dispatcher.queued]).toEqual([1, 32]);
  const dueAt = Date.now() + 5_000;
  expect(scene.results).toMatchObject([
    { status: 'pending', reason: 'webhook_paused', dueAt },
    { status: 'pending', reason: 'webhook_paused', dueAt },
  ]);
  await scene.find('a.1').succeed();
  expect([scene.dispatcher.inFlight, scene.dispatcher.queued]).toEqual([32, 0]);
  await scene.finishAll();
  expect([scene.dispatcher.placesTaken, scene.memory.bytes, scene.memory.holders]).toEqual([0, 0, 0]);
});
