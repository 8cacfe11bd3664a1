import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { DispatcherScene, flush, toWebhook } from '../../../support/dispatcher-scene.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Nothing is in memory, in flight or in the round. */
const expectQuiet = ({ dispatcher, memory }: DispatcherScene): void => {
  const { queued, inFlight, placesTaken } = dispatcher;
  expect({ queued, inFlight, placesTaken }).toEqual({ queued: 0, inFlight: 0, placesTaken: 0 });
  expect({ bytes: memory.bytes, holders: memory.holders }).toEqual({ bytes: 0, holders: 0 });
};

describe('the dispatcher', () => {
  it('starts a delivery at once, and the next when one of its webhook ends', async () => {
    const scene = new DispatcherScene({ maxInFlight: 2 });
    scene.enqueue('a.1', 3);
    expect([scene.dispatcher.inFlight, scene.dispatcher.queued]).toEqual([2, 1]);
    await scene.find('a.1').succeed();
    expect([scene.dispatcher.inFlight, scene.dispatcher.queued]).toEqual([2, 0]);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('never has more requests in flight than there are places', async () => {
    const scene = new DispatcherScene({ maxInFlightTotal: 10 });
    for (let account = 0; account < 30; account++) scene.enqueue(`${account}.1`, 5);
    expect(scene.dispatcher.inFlight).toBe(10);
    await scene.find('0.1').succeed();
    expect(scene.dispatcher.inFlight).toBe(10);
    await scene.finishAll();
    expect(scene.started).toHaveLength(150);
    expectQuiet(scene);
  });

  it('frees the place of a request that ends inside the engine', async () => {
    const scene = new DispatcherScene({ maxInFlight: 2 });
    scene.enqueue('a.1', 6);
    for (let i = 0; i < 2; i++) await scene.find('a.1').crash();
    for (let i = 0; i < 2; i++) await scene.find('a.1').end();
    expect(scene.dispatcher.inFlight).toBe(2);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('comes back when the rate limit of a webhook allows the next request', () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', toWebhook('a.1', { rateLimit: 2 }));
    scene.enqueue('a.1', 3);
    expect(scene.started).toHaveLength(1);
    vi.advanceTimersByTime(499);
    expect(scene.started).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(scene.started).toHaveLength(2);
    vi.advanceTimersByTime(500);
    expect(scene.started).toHaveLength(3);
  });
});

describe('deliveries that are not sent', () => {
  it('end if their webhook was deleted', () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', undefined);
    scene.enqueue('a.1', 2);
    expect(scene.results).toMatchObject([
      { status: 'cancelled', reason: 'webhook_deleted', dueAt: null },
      { status: 'cancelled', reason: 'webhook_deleted', dueAt: null },
    ]);
    expectQuiet(scene);
  });

  it('end if their type was taken off the webhook, and use up no turn of others', async () => {
    const scene = new DispatcherScene();
    const webhook = { rateLimit: 1, events: ['user.ban' as const] };
    scene.webhooks.set('a.1', toWebhook('a.1', { ...webhook, keptEvents: ['user.login'] }));
    scene.enqueue('a.1', 3);
    expect(scene.started).toHaveLength(1);
    scene.webhooks.set('a.1', toWebhook('a.1', webhook));
    vi.advanceTimersByTime(1_000);
    const cancelled = { status: 'cancelled', reason: 'not_subscribed', dueAt: null, attempt: undefined };
    expect(scene.results).toMatchObject([cancelled, cancelled]);
    expect(scene.started).toHaveLength(1);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('are not those that were sent by hand to a webhook that does not take their type', async () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', toWebhook('a.1', { events: ['user.ban'] }));
    scene.enqueue('a.1', 1, { isSentByHand: true });
    expect([scene.started, scene.results]).toEqual([['a.1'], []]);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('wait in the database if their webhook is disabled', () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', toWebhook('a.1', { enabled: false }));
    scene.enqueue('a.1');
    const dueAt = Date.now();
    expect(scene.results).toMatchObject([{ status: 'pending', reason: 'webhook_disabled', dueAt }]);
    expectQuiet(scene);
  });

  it('wait in the database if the pause of their endpoint is long', async () => {
    const scene = new DispatcherScene({ maxInFlight: 1 });
    const now = Date.now();
    scene.enqueue('a.1', 3);
    await scene.find('a.1').end((queue) => queue.slowDown(now, 60_000));
    scene.enqueue('a.1');
    const deferred = { status: 'pending', reason: 'webhook_paused', dueAt: now + 60_000 };
    expect(scene.results.slice(1)).toMatchObject([deferred, deferred, deferred]);
    expectQuiet(scene);
  });

  it('wait in the database while their chat service takes none, also the first of a webhook', () => {
    const scene = new DispatcherScene();
    const pausedUntil = Date.now() + 60_000;
    scene.service = {
      pausedUntil,
      reserveStart: (now) => Math.max(now, pausedUntil),
      start: () => undefined,
    };
    const deferred = { status: 'pending', reason: 'destination_limited', dueAt: pausedUntil };
    scene.enqueue('a.1', 2);
    expect(scene.results).toMatchObject([deferred, deferred]);
    expect(scene.started).toEqual([]);
    expectQuiet(scene);
    vi.advanceTimersByTime(60_000);
    scene.enqueue('a.1');
    expect(scene.started).toEqual(['a.1']);
  });

  it('are sent at once if their webhook leads elsewhere than to a paused chat service', () => {
    const scene = new DispatcherScene();
    const pausedUntil = Date.now() + 60_000;
    scene.service = { pausedUntil, reserveStart: () => pausedUntil, start: () => undefined };
    scene.enqueue('a.1');
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(0);
    scene.service = undefined;
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBeGreaterThan(0);
    scene.service = { pausedUntil, reserveStart: () => pausedUntil, start: () => undefined };
    scene.enqueue('a.1');
    scene.service = undefined;
    scene.enqueue('a.1');
    expect(scene.started).toEqual(['a.1']);
  });

  it('wait in the database if a read brought more than the share of their webhook', async () => {
    const scene = new DispatcherScene({ maxInMemory: 12, maxInFlight: 1 });
    scene.enqueue('a.1', 10);
    const deferred = { status: 'pending', reason: 'awaiting_first_attempt', dueAt: Date.now() };
    expect(scene.results).toMatchObject(Array.from({ length: 6 }, () => deferred));
    await scene.finishAll();
    expectQuiet(scene);
  });
});

describe('a webhook that is not cached', () => {
  it('gets its turn after the look-up', async () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', Promise.resolve(toWebhook('a.1')));
    scene.enqueue('a.1', 2);
    expect(scene.started).toEqual([]);
    await flush();
    expect(scene.started.length).toBeGreaterThan(0);
    scene.webhooks.set('a.1', toWebhook('a.1'));
    await scene.finishAll();
    expect(scene.started).toHaveLength(2);
    expectQuiet(scene);
  });

  it('is looked up once for all of its deliveries, and again half a second after a failure', async () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', Promise.reject(new Error('no database')));
    scene.enqueue('a.1', 3);
    expect(scene.dispatcher.placesTaken).toBe(1);
    await flush();
    expect([scene.dispatcher.queued, scene.dispatcher.placesTaken]).toEqual([3, 0]);
    scene.webhooks.set('a.1', toWebhook('a.1'));
    vi.advanceTimersByTime(499);
    expect(scene.started).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(scene.started).toHaveLength(3);
  });

  it('takes a place while it is looked up, so that one account does not start all look-ups', async () => {
    const scene = new DispatcherScene({ maxInFlightTotal: 10 });
    const lookUps: ((webhook: Webhook) => void)[] = [];
    for (let webhook = 0; webhook < 20; webhook++) {
      scene.webhooks.set(`a.${webhook}`, new Promise((resolve) => lookUps.push(resolve)));
      scene.enqueue(`a.${webhook}`);
    }
    expect(scene.dispatcher.placesTaken).toBe(5);
    scene.enqueue('b.1');
    expect(scene.started).toEqual(['b.1']);
    for (let webhook = 0; webhook < 20; webhook++) {
      lookUps[webhook]?.(toWebhook(`a.${webhook}`));
      await flush();
    }
    await scene.finishAll();
    expect(scene.started).toHaveLength(21);
    expectQuiet(scene);
  });

  it('frees its place though nothing is sent', async () => {
    const scene = new DispatcherScene({ maxInFlightTotal: 1 });
    for (let webhook = 0; webhook < 5; webhook++) {
      scene.webhooks.set(`a.${webhook}`, Promise.resolve(undefined));
      scene.enqueue(`a.${webhook}`);
    }
    for (let webhook = 0; webhook < 5; webhook++) await flush();
    expect(scene.results).toHaveLength(5);
    expectQuiet(scene);
  });

  it('is not sent to after the dispatcher stopped', async () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', Promise.resolve(toWebhook('a.1')));
    scene.webhooks.set('a.2', Promise.reject(new Error('no database')));
    scene.enqueue('a.1');
    scene.enqueue('a.2');
    const stopping = scene.dispatcher.stop(0);
    expect(scene.dispatcher.queued).toBe(0);
    // Too late, but harmless.
    scene.enqueue('a.1');
    await stopping;
    await flush();
    expect(scene.started).toEqual([]);
    expect(scene.dispatcher.placesTaken).toBe(0);
  });
});

describe('the start gate', () => {
  it('keeps the deliveries of a webhook until the dispatcher resumes, and no others', async () => {
    const scene = new DispatcherScene();
    scene.held.add('a.1');
    scene.enqueue('a.1', 2);
    scene.enqueue('a.2');
    expect(scene.started).toEqual(['a.2']);
    scene.dispatcher.resume();
    expect(scene.started).toEqual(['a.2']);
    scene.held.clear();
    scene.enqueue('a.1');
    expect(scene.started).toEqual(['a.2']);
    scene.dispatcher.resume();
    expect(scene.started).toEqual(['a.2', 'a.1', 'a.1', 'a.1']);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('is asked again after a look-up', async () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', Promise.resolve(toWebhook('a.1')));
    scene.enqueue('a.1');
    scene.held.add('a.1');
    await flush();
    expect(scene.started).toEqual([]);
    scene.webhooks.delete('a.1');
    scene.held.clear();
    scene.dispatcher.resume();
    expect(scene.started).toEqual(['a.1']);
  });
});

describe('a hand-over', () => {
  it('takes queued deliveries out of memory and leaves requests in flight and other webhooks', async () => {
    const scene = new DispatcherScene({ maxInFlight: 1 });
    for (const webhookId of ['a.1', 'a.2', 'b.1']) scene.enqueue(webhookId, 4);
    const dropped = scene.dispatcher.dropPartition((webhookId) => webhookId.endsWith('.1'));
    expect(dropped.map(({ delivery }) => delivery.webhookId)).toEqual(
      ['a.1', 'b.1'].flatMap((id) => [id, id, id]),
    );
    expect([scene.dispatcher.queued, scene.dispatcher.inFlight, scene.memory.room]).toEqual([3, 3, 9_994]);
    await scene.finishAll();
    expect(scene.started).toHaveLength(6);
    expectQuiet(scene);
  });

  it('leaves no turn to a webhook without deliveries', async () => {
    const scene = new DispatcherScene({ maxInFlightTotal: 1 });
    scene.enqueue('a.1');
    scene.enqueue('b.1');
    scene.dispatcher.dropPartition((webhookId) => webhookId === 'b.1');
    const canSend = vi.spyOn(scene.held, 'has');
    await scene.find('a.1').succeed();
    expect(canSend).not.toHaveBeenCalled();
  });

  it('includes webhooks that the gate keeps', () => {
    const scene = new DispatcherScene();
    scene.held.add('a.1');
    scene.enqueue('a.1', 2);
    expect(scene.dispatcher.dropPartition(() => true)).toHaveLength(2);
    scene.held.clear();
    scene.enqueue('a.1');
    expect(scene.started).toEqual(['a.1']);
  });
});

describe('a stop', () => {
  it('drops what is queued, starts nothing more, and waits for requests in flight', async () => {
    const scene = new DispatcherScene({ maxInFlight: 1 });
    scene.enqueue('a.1', 3);
    scene.enqueue('a.2', 1);
    let isStopped = false;
    const stopping = scene.dispatcher.stop(10_000).then(() => (isStopped = true));
    expect([scene.dispatcher.queued, scene.dispatcher.inFlight]).toEqual([0, 2]);
    await scene.find('a.1').succeed();
    expect(isStopped).toBe(false);
    await scene.find('a.2').succeed();
    await stopping;
    expect(scene.started).toHaveLength(2);
    expect(scene.dispatcher.roomFor('a.1', 'a')).toBe(0);
    expect(scene.dispatcher.takeTurn(toWebhook('a.1'))).toBeUndefined();
    expectQuiet(scene);
  });

  it('gives up after its time', async () => {
    const scene = new DispatcherScene();
    scene.enqueue('a.1');
    const stopping = scene.dispatcher.stop(10_000);
    vi.advanceTimersByTime(10_000);
    await stopping;
    expect(scene.dispatcher.inFlight).toBe(1);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('takes no turn of a queue that waited for its rate limit', async () => {
    const scene = new DispatcherScene();
    scene.webhooks.set('a.1', toWebhook('a.1', { rateLimit: 1 }));
    scene.enqueue('a.1', 2);
    await scene.find('a.1').succeed();
    await scene.dispatcher.stop(0);
    vi.advanceTimersByTime(2_000);
    expect(scene.started).toHaveLength(1);
    expectQuiet(scene);
  });
});

describe('a test ping', () => {
  it('takes a place and a turn of its webhook, once', async () => {
    const scene = new DispatcherScene({ maxInFlight: 1 });
    const end = scene.dispatcher.takeTurn(toWebhook('a.1'));
    if (typeof end !== 'function') throw new Error('no turn');
    expect(scene.dispatcher.placesTaken).toBe(1);
    scene.enqueue('a.1');
    expect(scene.started).toEqual([]);
    end();
    expect(scene.started).toEqual(['a.1']);
    end();
    expect(scene.dispatcher.placesTaken).toBe(1);
    await scene.finishAll();
    expectQuiet(scene);
  });

  it('returns the time of the next turn under a rate limit', () => {
    const scene = new DispatcherScene();
    const webhook = toWebhook('a.1', { rateLimit: 1 });
    expect(scene.dispatcher.takeTurn(webhook)).toBeTypeOf('function');
    expect(scene.dispatcher.takeTurn(webhook)).toBe(Date.now() + 1_000);
  });

  it('finds no place once its account has used up its share', () => {
    const scene = new DispatcherScene({ maxInFlightTotal: 6 });
    for (let webhook = 0; webhook < 5; webhook++) scene.enqueue(`a.${webhook}`);
    expect(scene.dispatcher.takeTurn(toWebhook('a.9'))).toBeUndefined();
    expect(scene.dispatcher.takeTurn(toWebhook('b.1'))).toBeTypeOf('function');
  });
});
