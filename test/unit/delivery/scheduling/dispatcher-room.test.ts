import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DispatcherScene } from '../../../support/dispatcher-scene.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('room for a webhook', () => {
  it('is its share of the memory, and announced when half of a full queue has left', async () => {
    const scene = new DispatcherScene({ maxInMemory: 30, maxInFlight: 1 });
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(10);
    scene.enqueue('a.1', 10);
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(0);
    for (let ended = 0; ended < 4; ended++) await scene.find('a.1').succeed();
    expect(scene.withRoom).toEqual([]);
    await scene.find('a.1').succeed();
    expect(scene.withRoom).toEqual(['a.1']);
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBeGreaterThan(0);
  });

  it('is announced to a webhook that found its account full', async () => {
    const scene = new DispatcherScene({ maxInMemory: 10 });
    for (let webhook = 0; webhook < 5; webhook++) scene.enqueue(`a.${webhook}`);
    expect(scene.dispatcher.roomFor('a.9', 'a')).toBe(0);
    await scene.find('a.0').succeed();
    expect(scene.withRoom).toEqual(['a.9']);
  });

  it('is none while its endpoint is paused, and announced when the pause is over', async () => {
    const scene = new DispatcherScene();
    scene.enqueue('a.1');
    await scene.find('a.1').end((queue) => queue.recordFailure(Date.now(), true));
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(0);
    vi.advanceTimersByTime(4_999);
    expect(scene.withRoom).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(scene.withRoom).toEqual(['a.1']);
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(32);
    expect(vi.getTimerCount()).toBe(0);
    scene.enqueue('a.1', 2);
    await scene.find('a.1').end();
    await scene.find('a.1').end();
    expect(scene.withRoom).toEqual(['a.1']);
  });

  it('is announced after the pause that a failed probe extends', async () => {
    const scene = new DispatcherScene();
    scene.enqueue('a.1');
    await scene.find('a.1').end((queue) => queue.recordFailure(Date.now(), true));
    vi.advanceTimersByTime(5_000);
    scene.enqueue('a.1', 33);
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(0);
    await scene.find('a.1').end((queue) => queue.recordFailure(Date.now(), true));
    expect(scene.withRoom).toEqual([]);
    vi.advanceTimersByTime(9_999);
    expect(scene.withRoom).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(scene.withRoom).toEqual(['a.1']);
  });

  it('is announced when a probe succeeds, also if not asked for', async () => {
    const scene = new DispatcherScene();
    scene.health.mockImplementation((queue) => Promise.resolve(queue.startProbing()));
    scene.enqueue('a.1', 2);
    await scene.find('a.1').succeed();
    expect(scene.withRoom).toEqual(['a.1']);
    await scene.find('a.1').succeed();
    expect(scene.withRoom).toEqual(['a.1']);
  });
});

describe('idle queues', () => {
  it('are removed beyond their maximum, those first that were not used lately', async () => {
    const scene = new DispatcherScene({ maxIdleQueues: 5 });
    for (let webhook = 0; webhook < 200; webhook++) {
      scene.enqueue(`a.${webhook}`);
      await scene.finishAll();
      scene.enqueue('a.used');
      await scene.finishAll();
    }
    expect(scene.dispatcher.countQueuesByMode().active).toBeLessThan(15);
    expect(scene.health.mock.calls.filter(([queue]) => queue.webhookId === 'a.used')).toHaveLength(1);
  });

  it('are kept while they have state', async () => {
    const scene = new DispatcherScene({ maxIdleQueues: 1 });
    scene.enqueue('a.paused');
    await scene.find('a.paused').end((queue) => queue.recordFailure(Date.now(), true));
    for (let webhook = 0; webhook < 20; webhook++) await scene.prove(`a.${webhook}`);
    expect(scene.dispatcher.countQueuesByMode().paused).toBe(1);
  });
});
