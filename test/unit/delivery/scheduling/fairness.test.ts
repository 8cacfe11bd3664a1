import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import { DispatcherScene, toWebhook } from '../../../support/dispatcher-scene.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

const limits = { maxInFlight: 32, initialInFlight: 4, maxInFlightTotal: 200, placesForFast: 50 };

/** Fills memory with deliveries of webhooks that answered 30 requests and then nothing more. */
async function hang(scene: DispatcherScene, account: string, webhooks: number): Promise<void> {
  for (let webhook = 0; webhook < webhooks; webhook++) {
    const webhookId = `${account}.${webhook}`;
    for (let successes = 0; successes < 30; successes++) await scene.prove(webhookId);
  }
  for (let webhook = 0; webhook < webhooks; webhook++) scene.enqueue(`${account}.${webhook}`, 60);
}

describe('beside webhooks of one account that hang', () => {
  it.each([
    [1, 32],
    [5, 99],
    [50, 100],
  ])('%d of them, a healthy account starts each delivery at once', async (webhooks, places) => {
    const scene = new DispatcherScene(limits);
    await hang(scene, 'hanging', webhooks);
    expect(scene.countInFlight('hanging')).toBe(places);
    for (let delivery = 0; delivery < 100; delivery++) {
      scene.enqueue('healthy.1');
      expect(scene.started.at(-1)).toBe('healthy.1');
      await scene.find('healthy.1').succeed();
    }
  });

  it.each([1, 5])('%d of them, a new webhook of the same account starts too', async (webhooks) => {
    const scene = new DispatcherScene(limits);
    await hang(scene, 'hanging', webhooks);
    for (let delivery = 0; delivery < 100; delivery++) {
      scene.enqueue('hanging.sibling');
      expect(scene.started.at(-1)).toBe('hanging.sibling');
      await scene.find('hanging.sibling').succeed();
    }
  });

  it('of fifty of them, a webhook of the same account that answers fast still starts', async () => {
    const scene = new DispatcherScene(limits);
    await scene.prove('hanging.sibling');
    for (let webhook = 0; webhook < 50; webhook++) scene.enqueue(`hanging.${webhook}`, 60);
    expect(scene.countInFlight('hanging')).toBe(75);
    scene.enqueue('hanging.sibling', 30);
    expect(scene.countInFlight('hanging.sibling')).toBe(5);
  });

  it('costs four places for each that is new', () => {
    const scene = new DispatcherScene(limits);
    for (let webhook = 0; webhook < 10; webhook++) scene.enqueue(`hanging.${webhook}`, 60);
    expect(scene.countInFlight('hanging')).toBe(40);
  });

  it('of fifty accounts, one that answers fast still starts each delivery at once', async () => {
    const scene = new DispatcherScene(limits);
    await scene.prove('healthy.1');
    for (let account = 0; account < 50; account++) {
      for (let webhook = 0; webhook < 5; webhook++) scene.enqueue(`${account}.${webhook}`, 10);
    }
    // Nearly all places but those for fast endpoints.
    expect(scene.dispatcher.inFlight).toBeGreaterThan(140);
    expect(scene.dispatcher.inFlight).toBeLessThanOrEqual(150);
    for (let delivery = 0; delivery < 30; delivery++) scene.enqueue('healthy.1');
    expect(scene.countInFlight('healthy')).toBe(5);
    await scene.find('healthy.1').succeed();
    expect(scene.countInFlight('healthy')).toBe(6);
  });

  it('or that answer after nine seconds, which takes their places for fast endpoints', async () => {
    const scene = new DispatcherScene(limits);
    for (const webhookId of ['slow.1', 'quick.1']) await scene.prove(webhookId);
    const isFast = (webhookId: string) => scene.find(webhookId).isFast;
    for (const webhookId of ['slow.1', 'quick.1']) scene.enqueue(webhookId);
    expect([isFast('slow.1'), isFast('quick.1')]).toEqual([true, true]);
    await scene.find('quick.1').succeed();
    vi.advanceTimersByTime(9_000);
    await scene.find('slow.1').succeed();
    for (const webhookId of ['slow.1', 'quick.1']) scene.enqueue(webhookId);
    expect([isFast('slow.1'), isFast('quick.1')]).toEqual([false, true]);
  });

  it('while they hang: requests without an answer for a second count as slow', async () => {
    const scene = new DispatcherScene(limits);
    for (let successes = 0; successes < 8; successes++) await scene.prove('a.1');
    scene.enqueue('a.1');
    vi.advanceTimersByTime(1_000);
    scene.enqueue('a.1');
    expect(scene.attempts.map(({ isFast }) => isFast)).toEqual([true, false]);
  });
});

describe('when all places are taken', () => {
  const few = { maxInFlight: 8, initialInFlight: 8, maxInFlightTotal: 10, placesForFast: 0 };

  it('accounts take turns, whatever the number of their deliveries', async () => {
    const scene = new DispatcherScene({ ...few, maxInFlight: 1 });
    const first = Array.from({ length: 30 }, (_, account) => `${account}.1`);
    for (const webhookId of first) await scene.prove(webhookId);
    scene.started.length = 0;
    for (let account = 0; account < 30; account++) scene.enqueue(`${account}.1`, account % 3 === 0 ? 50 : 2);
    for (let ended = 0; ended < 50; ended++) await scene.attempts[0]?.succeed();
    expect(scene.started.slice(0, 60)).toEqual([...first, ...first]);
  });

  it('webhooks of an account take turns', async () => {
    const scene = new DispatcherScene({ ...few, maxInFlightTotal: 1 });
    for (const webhookId of ['a.1', 'a.2', 'a.3']) await scene.prove(webhookId);
    scene.started.length = 0;
    for (const webhookId of ['a.1', 'a.2', 'a.3']) scene.enqueue(webhookId, webhookId === 'a.1' ? 20 : 3);
    for (let ended = 0; ended < 8; ended++) await scene.attempts[0]?.succeed();
    expect(scene.started).toEqual(['a.1', 'a.2', 'a.3', 'a.1', 'a.2', 'a.3', 'a.1', 'a.2', 'a.3']);
  });

  it('an account gains nothing from having been away', async () => {
    const scene = new DispatcherScene({ ...few, maxInFlightTotal: 2 });
    scene.enqueue('busy.1', 20);
    for (let ended = 0; ended < 5; ended++) await scene.attempts[0]?.succeed();
    scene.enqueue('late.1', 20);
    scene.started.length = 0;
    for (let ended = 0; ended < 10; ended++) await scene.attempts[0]?.succeed();
    expect(scene.started.filter((id) => id === 'late.1').length).toBeLessThanOrEqual(6);
  });

  it('an account with nothing in flight is next', async () => {
    const scene = new DispatcherScene({ ...few, maxInFlightTotal: 6 });
    for (const account of ['a', 'b']) scene.enqueue(`${account}.1`, 50);
    while (scene.dispatcher.inFlight < 6) scene.enqueue(`filler${scene.dispatcher.inFlight}.1`, 1);
    scene.enqueue('new.1', 2);
    scene.started.length = 0;
    await scene.find('a.1').succeed();
    expect(scene.started[0]).toBe('new.1');
  });
});

describe('any order of work', () => {
  const accounts = ['a', 'b', 'c', 'd'];
  const aStep = fc.record({
    webhookId: fc
      .tuple(fc.constantFrom(...accounts), fc.integer({ min: 1, max: 3 }))
      .map(([account, webhook]) => `${account}.${webhook}`),
    count: fc.integer({ min: 1, max: 6 }),
    ms: fc.constantFrom(0, 10, 600, 3_000),
    action: fc.constantFrom(
      'enqueue',
      'enqueue',
      'succeed',
      'fail',
      'crash',
      'wait',
      'ping',
      'hold',
      'release',
    ),
  });
  const total = 12;
  const placesForFast = 3;
  const maxInFlight = 3;

  it('keeps each share, leaves no place unused, starts all, and is quiet in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 80 }), async (steps) => {
        const places = { maxInFlightTotal: total, placesForFast };
        const scene = new DispatcherScene({ maxInFlight, initialInFlight: maxInFlight, ...places });
        const { dispatcher, attempts } = scene;
        const waiting = new Map<string, number>();
        const queues = new Map<string, EndpointQueue>();
        /** Whether one more request to a webhook fits into the shares. */
        const fits = (webhookId: string, isFast: boolean): boolean => {
          const [account = ''] = webhookId.split('.');
          const free = total - attempts.length;
          const slow = attempts.filter((request) => !request.isFast).length;
          const mayUse = isFast ? free : Math.min(free, total - placesForFast - slow);
          return scene.countInFlight(account) + scene.countInFlight(webhookId) + 1 <= mayUse;
        };
        scene.onStart = ({ webhookId, isFast, endpointQueue }) => {
          expect(fits(webhookId, isFast)).toBe(true);
          expect(scene.held.has(webhookId)).toBe(false);
          queues.set(webhookId, endpointQueue);
          waiting.set(webhookId, (waiting.get(webhookId) ?? 0) - 1);
        };
        let enqueued = 0;
        for (const { webhookId, count, ms, action } of steps) {
          const attempt = attempts[count % Math.max(1, attempts.length)];
          if (action === 'enqueue') {
            enqueued += count;
            waiting.set(webhookId, (waiting.get(webhookId) ?? 0) + count);
            scene.enqueue(webhookId, count);
          } else if (action === 'wait') vi.advanceTimersByTime(ms);
          else if (action === 'succeed') await attempt?.succeed();
          else if (action === 'fail') await attempt?.end((queue) => queue.recordFailure(Date.now(), false));
          else if (action === 'crash') await attempt?.crash();
          else if (action === 'ping') {
            const end = dispatcher.takeTurn(toWebhook(webhookId));
            if (typeof end === 'function') end();
          } else if (action === 'hold') scene.held.add(webhookId);
          else {
            scene.held.clear();
            dispatcher.resume();
          }
          expect(dispatcher.inFlight).toBe(attempts.length);
          expect(dispatcher.placesTaken).toBe(attempts.length);
          expect(dispatcher.queued).toBe(enqueued - scene.started.length);
          for (const [id, left] of waiting) {
            if (left === 0 || scene.held.has(id) || scene.countInFlight(id) >= maxInFlight) continue;
            expect(fits(id, queues.get(id)?.isFast(Date.now()) ?? false)).toBe(false);
          }
        }
        scene.held.clear();
        dispatcher.resume();
        await scene.finishAll();
        expect(scene.started).toHaveLength(enqueued);
        expect([dispatcher.queued, dispatcher.inFlight, dispatcher.placesTaken]).toEqual([0, 0, 0]);
        expect([scene.memory.bytes, scene.memory.holders]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });
});
