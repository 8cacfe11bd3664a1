import { vi } from 'vitest';
import { toUnattemptedResult } from '../../server/src/delivery/attempt/attempt-effect.ts';
import { Dispatcher, type DispatcherLimits } from '../../server/src/delivery/scheduling/dispatcher.ts';
import type { ServiceLimiter } from '../../server/src/delivery/request/limits.ts';
import type { EndpointQueue } from '../../server/src/delivery/scheduling/endpoint-queue.ts';
import { MemoryBudget, type MemoryLimits } from '../../server/src/delivery/scheduling/memory-budget.ts';
import type { Task } from '../../server/src/delivery/scheduling/task.ts';
import type { DeliveryResult } from '../../server/src/domain/ports/delivery-queue.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import { aWebhook } from './builders.ts';
import { aTask } from './tasks.ts';

/** A request that the dispatcher started, until the test ends it. */
export interface FakeAttempt {
  readonly task: Task;
  readonly webhookId: string;
  readonly accountId: string;
  readonly endpointQueue: EndpointQueue;
  /** Whether its endpoint was known as fast when it started. */
  readonly isFast: boolean;
  /** Ends it after the effects of `apply`. Resolves once the dispatcher has reacted. */
  end(apply?: (endpointQueue: EndpointQueue) => void): Promise<void>;
  /** Ends it with a success. */
  succeed(): Promise<void>;
  /** Rejects, which an attempt must not. */
  crash(): Promise<void>;
}

const defaultLimits: DispatcherLimits & MemoryLimits = {
  maxInFlight: 8,
  initialInFlight: 8,
  maxInFlightTotal: 100,
  placesForFast: 0,
  maxIdleQueues: 1_000,
  maxInMemory: 10_000,
  maxBytes: 100_000_000,
};

/**
 * A dispatcher with its memory, and with requests that the test ends. A webhook id is `<account>.<name>`. Needs
 * fake timers, which are its clock.
 */
export class DispatcherScene {
  readonly dispatcher: Dispatcher;
  readonly memory: MemoryBudget;
  /** Requests in flight, oldest first. */
  readonly attempts: FakeAttempt[] = [];
  /** Webhook ids of all requests, in the order of their start. */
  readonly started: string[] = [];
  readonly results: DeliveryResult[] = [];
  readonly withRoom: string[] = [];
  /** What a look-up returns. Other webhooks are found and enabled. */
  readonly webhooks = new Map<string, Webhook | undefined | Promise<Webhook | undefined>>();
  readonly health = vi.fn<(endpointQueue: EndpointQueue) => Promise<void>>(() => Promise.resolve());
  /** The chat service of all webhooks. */
  service: ServiceLimiter | undefined;
  /** Webhooks that this process may not send to. */
  readonly held = new Set<string>();
  /** Called with each request before it is among `attempts`. */
  onStart: (attempt: FakeAttempt) => void = () => undefined;

  constructor(limits: Partial<DispatcherLimits & MemoryLimits> = {}) {
    const all = { ...defaultLimits, ...limits };
    const onRoom = (webhookId: string): void => void this.withRoom.push(webhookId);
    this.memory = new MemoryBudget(all, { onRoom });
    this.dispatcher = new Dispatcher({
      webhookCache: { get: (id) => (this.webhooks.has(id) ? this.webhooks.get(id) : toWebhook(id)) },
      health: { restore: this.health },
      memory: this.memory,
      completion: {
        complete: (task, result) => {
          this.results.push(result);
          this.memory.leave(task.delivery);
        },
      },
      runAttempt: (task, webhook, endpointQueue) => this.#run(task, webhook, endpointQueue),
      getLimits: ({ rateLimit }) => ({
        perSecond: rateLimit,
        maxInFlight: null,
        limiter: undefined,
        service: this.service,
      }),
      canSend: (webhookId) => !this.held.has(webhookId),
      onRoom,
      clock: { now: () => Date.now() },
      limits: all,
    });
  }

  /** Brings deliveries of a webhook into memory. */
  enqueue(webhookId: string, count = 1, change: Partial<Task['delivery']> = {}): void {
    for (let i = 0; i < count; i++) {
      const owed = aTask({ accountId: toAccountId(webhookId), targets: [webhookId] });
      const task = { ...owed, delivery: { ...owed.delivery, ...change } };
      this.memory.enter(task.delivery);
      this.dispatcher.enqueue(task);
    }
  }

  /** Requests in flight of a webhook, or of an account. */
  countInFlight(id: string): number {
    return this.attempts.filter(({ webhookId, accountId }) => webhookId === id || accountId === id).length;
  }

  find(webhookId: string): FakeAttempt {
    const attempt = this.attempts.find((candidate) => candidate.webhookId === webhookId);
    if (attempt === undefined) throw new Error(`no request of ${webhookId} is in flight`);
    return attempt;
  }

  /** Ends requests with a success until none is in flight. */
  async finishAll(): Promise<void> {
    for (let next = this.attempts[0]; next !== undefined; next = this.attempts[0]) await next.succeed();
  }

  /** Makes an endpoint known as fast. */
  async prove(webhookId: string): Promise<void> {
    this.enqueue(webhookId);
    await this.find(webhookId).succeed();
  }

  #run(task: Task, webhook: Webhook, endpointQueue: EndpointQueue): Promise<void> {
    this.started.push(webhook.id);
    return new Promise((resolve, reject) => {
      const finish = async (settle: () => void): Promise<void> => {
        this.attempts.splice(this.attempts.indexOf(attempt), 1);
        const update = { status: 'delivered', reason: null, dueAt: null } as const;
        this.results.push(toUnattemptedResult(task.delivery, update, Date.now()));
        this.memory.leave(task.delivery);
        settle();
        await flush();
      };
      const attempt: FakeAttempt = {
        task,
        webhookId: webhook.id,
        accountId: webhook.accountId,
        endpointQueue,
        isFast: endpointQueue.isFast(Date.now()),
        end: (apply) => {
          apply?.(endpointQueue);
          return finish(resolve);
        },
        succeed: () => attempt.end((queue) => queue.recordSuccess()),
        crash: () => finish(() => reject(new Error('crashed'))),
      };
      this.onStart(attempt);
      this.attempts.push(attempt);
    });
  }
}

export function toWebhook(id: string, change: Partial<Webhook> = {}): Webhook {
  return aWebhook({ id, accountId: toAccountId(id), ...change });
}

/** Runs what was waiting for promises that are settled. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}

function toAccountId(webhookId: string): string {
  return webhookId.split('.')[0] ?? '';
}
