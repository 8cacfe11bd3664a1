import { beforeEach, describe, expect, it } from 'vitest';
import { AccountRound, type Place } from '../../../../server/src/delivery/scheduling/account-round.ts';
import {
  EndpointQueue,
  type StartedRequest,
} from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';

/** A round whose webhooks have something to send whenever they are added. */
class Scene {
  readonly round: AccountRound;
  readonly #queues = new Map<string, EndpointQueue>();
  readonly #running: { webhookId: string; place: Place; request: StartedRequest }[] = [];
  now = 0;

  constructor(maxInFlightTotal: number, placesForFast = 0) {
    this.round = new AccountRound({ maxInFlightTotal, placesForFast });
  }

  /** The queue of a webhook `<account>.<name>`. */
  queue(webhookId: string): EndpointQueue {
    const known = this.#queues.get(webhookId);
    if (known !== undefined) return known;
    const [accountId = ''] = webhookId.split('.');
    const queue = new EndpointQueue(webhookId, accountId, { maxInFlight: 100, initialInFlight: 100 });
    this.#queues.set(webhookId, queue);
    return queue;
  }

  prove(...webhookIds: string[]): void {
    for (const webhookId of webhookIds) {
      this.start(webhookId);
      this.end(webhookId);
    }
  }

  add(...webhookIds: string[]): void {
    for (const webhookId of webhookIds) this.round.add(this.queue(webhookId), this.now);
  }

  /** Starts a request without a turn. */
  start(...webhookIds: string[]): void {
    for (const webhookId of webhookIds) {
      const queue = this.queue(webhookId);
      const request = queue.takeTurn(this.now);
      if (typeof request !== 'object') throw new Error('no turn');
      this.#running.push({ webhookId, place: this.round.enter(queue, this.now), request });
    }
  }

  end(webhookId: string): void {
    const index = this.#running.findIndex((running) => running.webhookId === webhookId);
    const [running] = this.#running.splice(index, 1);
    if (running === undefined) throw new Error('nothing runs');
    this.queue(webhookId).endRequest(running.request, this.now);
    this.round.leave(running.place, this.now);
  }

  /** Starts what has a place. Returns the webhooks in the order of their turns. */
  run(): string[] {
    const turns: string[] = [];
    for (let next = this.round.takeNext(this.now); next !== undefined; next = this.round.takeNext(this.now)) {
      turns.push(next.webhookId);
      this.start(next.webhookId);
    }
    return turns;
  }
}

describe('the round', () => {
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene(100, 25);
  });

  it('gives the next turn to the account with the fewest requests in flight', () => {
    scene.start('a.1', 'a.1', 'b.1', 'c.1', 'c.1', 'c.1');
    scene.add('c.2', 'a.2', 'b.2', 'd.1');
    expect(scene.run()).toEqual(['d.1', 'b.2', 'a.2', 'c.2']);
  });

  it('gives the next turn of an account to its webhook with the fewest', () => {
    scene.start('a.1', 'a.1', 'a.2');
    scene.add('a.1', 'a.2', 'a.3');
    expect(scene.run()).toEqual(['a.3', 'a.2', 'a.1']);
  });

  it('compares accounts by what their next webhook has in flight too', () => {
    scene.start('a.1', 'a.1', 'b.1', 'b.2', 'b.3');
    scene.add('a.1', 'b.4');
    expect(scene.run()).toEqual(['b.4', 'a.1']);
  });

  it('knows a queue once, however often it is added', () => {
    scene.add('a.1', 'a.1');
    expect(scene.run()).toEqual(['a.1']);
  });

  it('follows requests that begin and end while a queue is in it', () => {
    scene.start('a.1', 'b.1', 'b.1');
    scene.add('a.1', 'b.1');
    scene.start('a.1', 'a.1');
    expect(scene.run()).toEqual(['b.1', 'a.1']);
    scene.add('a.1', 'b.1');
    for (let i = 0; i < 4; i++) scene.end('a.1');
    expect(scene.run()).toEqual(['a.1', 'b.1']);
  });

  it('is empty while no queue is in it, fast or not, whatever is in flight', () => {
    expect(scene.round.isEmpty).toBe(true);
    scene.prove('a.fast');
    scene.start('a.fast');
    expect(scene.round.isEmpty).toBe(true);
    for (const webhookId of ['a.fast', 'b.other']) {
      scene.add(webhookId);
      expect(scene.round.isEmpty).toBe(false);
      scene.round.remove(scene.queue(webhookId));
      expect(scene.round.isEmpty).toBe(true);
    }
    scene.end('a.fast');
  });

  it('keeps an account whose fast and other queues are in it', () => {
    scene.prove('a.fast');
    scene.add('a.fast', 'a.other');
    expect(scene.round.accounts).toBe(1);
    expect(scene.run().sort()).toEqual(['a.fast', 'a.other']);
    scene.end('a.fast');
    scene.end('a.other');
    expect([scene.round.accounts, scene.round.inFlight]).toEqual([0, 0]);
  });

  it('forgets queues that were removed, and accounts without anything', () => {
    scene.round.remove(scene.queue('a.1'));
    scene.add('a.1', 'b.1');
    scene.round.remove(scene.queue('a.1'));
    expect(scene.run()).toEqual(['b.1']);
    expect([scene.round.accounts, scene.round.inFlight]).toEqual([1, 1]);
    scene.end('b.1');
    expect([scene.round.accounts, scene.round.inFlight]).toEqual([0, 0]);
  });
});

describe('fast and other endpoints', () => {
  it('take turns if their accounts have equally many requests in flight', () => {
    const scene = new Scene(100);
    scene.prove('fast1.1', 'fast2.1', 'fast3.1');
    scene.add('fast1.1', 'fast2.1', 'fast3.1', 'other1.1', 'other2.1', 'other3.1');
    const turns = scene.run().map((webhookId) => webhookId.replace(/\d\.1/, ''));
    expect(turns.toSorted()).toEqual(['fast', 'fast', 'fast', 'other', 'other', 'other']);
    for (const index of [0, 2, 4]) expect(new Set(turns.slice(index, index + 2)).size).toBe(2);
  });

  it('are else in the order of their requests in flight', () => {
    const scene = new Scene(100);
    scene.prove('fast.1');
    scene.start('fast.1', 'fast.1');
    scene.add('fast.1', 'other.1');
    expect(scene.run()).toEqual(['other.1', 'fast.1']);
    scene.start('other.1', 'other.1', 'other.1');
    scene.add('fast.1', 'other.1');
    expect(scene.run()).toEqual(['fast.1', 'other.1']);
  });

  it('leave some places to fast ones alone, which may use all', () => {
    const scene = new Scene(10, 4);
    scene.prove('fast1.1', 'fast2.1', 'fast3.1');
    for (let account = 0; account < 10; account++) scene.add(`other${account}.1`);
    expect(scene.run()).toHaveLength(6);
    expect(scene.round.hasPlace(scene.queue('new.1'), 0)).toBe(false);
    expect(scene.round.hasPlace(scene.queue('fast1.1'), 0)).toBe(true);
    scene.add('fast1.1', 'fast2.1', 'fast3.1');
    expect(scene.run()).toHaveLength(3);
    scene.end('other0.1');
    expect(scene.run()).toHaveLength(1);
  });

  it('never exceed all places together', () => {
    const scene = new Scene(10, 4);
    const fast = Array.from({ length: 12 }, (_, account) => `fast${account}.1`);
    scene.prove(...fast);
    scene.add(...fast);
    expect(scene.run()).toHaveLength(10);
    scene.add('other.1');
    expect(scene.run()).toEqual([]);
    scene.end('fast0.1');
    expect(scene.run()).toHaveLength(1);
  });

  it('are told apart when their turn comes, not when they were added', () => {
    const scene = new Scene(10, 4);
    scene.prove('a.1');
    for (let account = 0; account < 6; account++) scene.add(`other${account}.1`);
    scene.run();
    scene.start('a.1');
    scene.add('a.1');
    scene.now = 5_000;
    expect(scene.run()).toEqual([]);
    scene.end('other0.1');
    expect(scene.run()).toEqual([]);
    scene.end('a.1');
    expect(scene.run()).toEqual(['a.1']);
  });
});

it('serves twenty thousand accounts in turn', () => {
  const scene = new Scene(50);
  for (let account = 0; account < 20_000; account++) scene.add(`${account}.1`);
  const turns = scene.run();
  for (let turn = 0; turn < 5_000; turn++) {
    scene.end(turns[turn] ?? '');
    turns.push(...scene.run());
  }
  expect(turns).toEqual(Array.from({ length: 5_050 }, (_, account) => `${account}.1`));
});
