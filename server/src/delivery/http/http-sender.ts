import { createSecureContext } from 'node:tls';
import type { AttemptReason } from '@tocsin/shared';
import { LRUCache } from 'lru-cache';
import type { SendResult } from '../../domain/send-result.ts';
import type { OutgoingRequest, Sender } from '../../domain/ports/sending.ts';
import type { Resolver } from '../dns/resolver.ts';
import { parseTarget, type TargetRules } from '../ssrf/parse-target.ts';
import { Dialer, type DialerOptions } from './dialer.ts';
import { Exchange } from './exchange.ts';
import { Origin, type OriginOptions } from './origin.ts';

export interface HttpSenderOptions extends TargetRules {
  readonly resolver: Resolver;
  /** Certificate authorities in PEM. @default the list of Node.js */
  readonly ca?: string | readonly string[];
  /**
   * Most connections to one origin, which webhooks of many accounts may share (a chat service). One account may
   * use half of them. @default 256
   */
  readonly maxConnectionsPerOrigin?: number;
  /** Most origins to keep connections for. The least recently used one is dropped. @default 1000 */
  readonly maxOrigins?: number;
  /** How long an idle connection is kept. Below the 5 s after which Node's servers close it. @default 4000 */
  readonly keepAliveMs?: number;
  /** How long an unused origin is kept, with its connections. @default 60000 */
  readonly forgetOriginAfterMs?: number;
}

/** Sends requests to receivers. `Dialer` has the SSRF guard, `Exchange` the deadline of a request. */
export function createHttpSender(options: HttpSenderOptions): Sender {
  return new HttpSender(options);
}

class HttpSender implements Sender {
  readonly #rules: TargetRules;
  readonly #dialerOptions: Omit<DialerOptions, 'accountId'>;
  readonly #originOptions: OriginOptions;
  readonly #origins: LRUCache<string, Origin>;
  readonly #dropAfterMs: number;
  readonly #sweeper: NodeJS.Timeout;
  #inFlight = 0;
  #isClosing = false;
  readonly #whenDrained: (() => void)[] = [];

  constructor(options: HttpSenderOptions) {
    this.#rules = options;
    this.#dialerOptions = {
      rules: options,
      resolver: options.resolver,
      // Shared by all connections, because parsing the list of authorities takes longer than a handshake.
      secureContext: createSecureContext(
        options.ca === undefined ? {} : { ca: typeof options.ca === 'string' ? options.ca : [...options.ca] },
      ),
    };
    this.#originOptions = {
      maxConnections: options.maxConnectionsPerOrigin ?? 256,
      keepAliveMs: options.keepAliveMs ?? 4_000,
    };
    this.#origins = new LRUCache({
      max: options.maxOrigins ?? 1_000,
      dispose: (origin) => origin.retire(),
    });
    this.#dropAfterMs = options.forgetOriginAfterMs ?? 60_000;
    this.#sweeper = setInterval(() => this.#dropUnused(), this.#dropAfterMs / 4).unref();
  }

  send(request: OutgoingRequest): Promise<SendResult> {
    if (this.#isClosing) return Promise.resolve(toUnsentResult('internal_error', 'the sender is closed'));
    const origin = this.#origins.get(request.origin) ?? this.#open(request);
    if (!(origin instanceof Origin)) return Promise.resolve(origin);
    this.#inFlight++;
    return new Promise((resolve) => {
      origin.start(new Exchange(request, origin, resolve));
    });
  }

  /** Waits for the requests in flight, at most until their deadlines, then closes all connections. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweeper);
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
    }
    this.#origins.clear();
  }

  #open({ origin: key, accountId }: OutgoingRequest): Origin | SendResult {
    const parsed = parseTarget(key, this.#rules);
    if (!parsed.ok) return toUnsentResult('address_refused', `the target breaks the rule "${parsed.rule}"`);
    const dialer = new Dialer(parsed.target, { ...this.#dialerOptions, accountId });
    const origin = new Origin(dialer, this.#originOptions, () => this.#onFinished());
    this.#origins.set(key, origin);
    return origin;
  }

  #onFinished(): void {
    this.#inFlight--;
    if (this.#inFlight > 0 || !this.#isClosing) return;
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  #dropUnused(): void {
    const limit = performance.now() - this.#dropAfterMs;
    for (const [key, origin] of this.#origins.entries()) {
      if (!origin.isBusy && origin.lastUsedAt < limit) this.#origins.delete(key);
    }
  }
}

function toUnsentResult(reason: AttemptReason, detail: string): SendResult {
  return { kind: 'unanswered', reason, detail, durationMs: 0 };
}
