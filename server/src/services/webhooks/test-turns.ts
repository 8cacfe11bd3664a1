import { LRUCache } from 'lru-cache';
import { atMost } from '../../domain/cache-bounds.ts';
import { TocsinError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { EndpointTurns, TestTurnStore } from '../../domain/ports/sending.ts';
import type { Webhook } from '../../domain/webhook.ts';

export interface TestTurnsDeps {
  readonly endpoints: EndpointTurns;
  readonly store: TestTurnStore;
  readonly clock: Clock;
}

export interface TestTurnsOptions {
  /** Longest time of a test ping, ms. */
  readonly deliveryTimeoutMs: number;
}

/** Test pings of one account that run at the same time in this process. */
const maxRunning = 4;

/** Test pings that an account starts at once in this process, and per second in the long run. */
const burst = 60;
const perSecond = 5;

/** A process that dies during a test ping keeps its turn this much longer than the ping can take. */
const leaseMarginMs = 5_000;

interface AccountUse {
  running: number;
  tokens: number;
  at: number;
}

/** A turn of a webhook. The caller ends it, whether or not the test ping succeeded. */
export interface TestTurn {
  end(): Promise<void>;
}

/**
 * Limits test pings, so that they cannot flood a receiver: one at a time for each webhook over all processes,
 * and no more often than its rate limit allows; few at a time for each account. A test ping beyond a limit is
 * rejected, not queued, because its caller waits.
 */
export class TestTurns {
  readonly #deps: TestTurnsDeps;
  readonly #options: TestTurnsOptions;
  readonly #uses = new LRUCache<string, AccountUse>(atMost(10_000));

  constructor(deps: TestTurnsDeps, options: TestTurnsOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** @throws RATE_LIMITED, with the limit and the time until the next try. */
  async take(webhook: Webhook): Promise<TestTurn> {
    const { store, clock } = this.#deps;
    const { accountId, id, rateLimit } = webhook;
    const now = clock.now();
    const use = this.#takeOfAccount(accountId, now);
    const until = now + this.#options.deliveryTimeoutMs + leaseMarginMs;
    let endRequest: (() => void) | undefined;
    try {
      const takenUntil = await store.take(id, now, until);
      if (takenUntil !== undefined) throw this.#toEndpointError(webhook, takenUntil);
      try {
        endRequest = this.#takeOfEndpoint(webhook);
      } catch (error) {
        await store.end(id, until, now);
        throw error;
      }
    } catch (error) {
      use.running--;
      // No request was sent, so the account may start another one.
      use.tokens++;
      throw error;
    }
    return {
      end: async () => {
        endRequest();
        use.running--;
        await store.end(id, until, rateLimit === null ? now : now + 1000 / rateLimit);
      },
    };
  }

  #takeOfAccount(accountId: string, now: number): AccountUse {
    const use = this.#uses.get(accountId) ?? { running: 0, tokens: burst, at: now };
    this.#uses.set(accountId, use);
    use.tokens = Math.min(burst, use.tokens + (Math.max(0, now - use.at) * perSecond) / 1000);
    use.at = now;
    if (use.running >= maxRunning) {
      throw limitError(`this account already has ${maxRunning} test pings running, the maximum`, 1);
    }
    if (use.tokens < 1) {
      throw limitError(`more than ${perSecond} test pings per second of this account`, 1);
    }
    use.tokens--;
    use.running++;
    return use;
  }

  #takeOfEndpoint(webhook: Webhook): () => void {
    const turn = this.#deps.endpoints.takeTurn(webhook);
    if (typeof turn === 'function') return turn;
    if (typeof turn === 'number' && webhook.rateLimit === null) {
      throw limitError(
        `webhook ${webhook.id} waits for the limits of its chat service`,
        this.#toSeconds(turn),
      );
    }
    throw this.#toEndpointError(webhook, turn);
  }

  #toSeconds(nextAt: number): number {
    return Math.max(1, Math.ceil((nextAt - this.#deps.clock.now()) / 1000));
  }

  #toEndpointError({ id, rateLimit }: Webhook, nextAt: number | undefined): TocsinError {
    const limit =
      rateLimit === null
        ? `webhook ${id} or its account has too many requests in flight for a test ping`
        : `webhook ${id} has a rate limit of ${rateLimit} requests per second, one test ping at a time`;
    return limitError(limit, this.#toSeconds(nextAt ?? 0));
  }
}

function limitError(limit: string, retryAfterSeconds: number): TocsinError {
  return new TocsinError('RATE_LIMITED', `${limit}; retry in ${retryAfterSeconds} s`, { retryAfterSeconds });
}
