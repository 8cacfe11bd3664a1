import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { AttemptReason } from '@tocsin/shared';
import { LRUCache } from 'lru-cache';
import type { Log } from '../../domain/ports/runtime.ts';
import type { ClientIdentity, OutgoingRequest, Sender } from '../../domain/ports/sending.ts';
import type { SendingMeter } from '../../domain/ports/telemetry.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { Resolver } from '../dns/resolver.ts';
import { parseTarget, type TargetRules } from '../ssrf/parse-target.ts';
import type { PoolOptions } from './connection-pool.ts';
import { Dialer, type DialerOptions } from './dialer.ts';
import { Origin } from './origin.ts';
import type { ProxyOptions } from './outbound-proxy.ts';
import { ProxyRoute } from './proxy-route.ts';
import { SocketBudget } from './socket-budget.ts';
import { UnsentRequests } from './unsent.ts';

export interface HttpSenderOptions extends TargetRules {
  readonly resolver: Resolver;
  /** Certificate authorities in PEM. @default the list of Node.js */
  readonly ca?: string | readonly string[];
  /** @default receivers are called directly */
  readonly outboundProxy?: ProxyOptions | undefined;
  /**
   * Most connections to receivers, idle ones included. Each takes a file descriptor. One account may use half
   * of them. @default 4096
   */
  readonly maxConnections?: number;
  /** Most connections of one account to one origin. @default 1024 */
  readonly maxConnectionsPerPool?: number;
  /**
   * How long a request may wait for a connection. After that it is `not_sent`. Less than what counts as slow,
   * so that waiting does not make an endpoint slow. @default 500
   */
  readonly maxWaitMs?: number;
  /** Most origins to keep connections for. The least recently used one is dropped. @default 1000 */
  readonly maxOrigins?: number;
  /** How long an idle connection is kept. Below the 5 s after which Node's servers close it. @default 4000 */
  readonly keepAliveMs?: number;
  /** How long an unused origin is kept, with its connections. @default 60000 */
  readonly forgetOriginAfterMs?: number;
  /** For requests that could not be sent. */
  readonly log?: Log;
  readonly meter?: SendingMeter;
}

/**
 * Sends requests to receivers. `Dialer` has the SSRF guard, `Exchange` the deadline of a request and
 * `SocketBudget` the shares of accounts.
 */
export function createHttpSender(options: HttpSenderOptions): Sender {
  return new HttpSender(options);
}

/** The options that the accounts of an origin share. */
type SharedDialerOptions = Omit<DialerOptions, 'accountId'>;

class HttpSender implements Sender {
  readonly #rules: TargetRules;
  readonly #dialerOptions: SharedDialerOptions;
  readonly #authorities: SecureContextOptions;
  readonly #poolOptions: PoolOptions;
  readonly #sockets: SocketBudget;
  readonly #unsent: UnsentRequests;
  readonly #origins: LRUCache<string, Origin>;
  readonly #sweeper: NodeJS.Timeout;
  #inFlight = 0;
  #isClosing = false;
  readonly #whenDrained: (() => void)[] = [];

  constructor(options: HttpSenderOptions) {
    this.#rules = options;
    this.#unsent = new UnsentRequests(options);
    this.#sockets = new SocketBudget(options.maxConnections ?? 4_096);
    this.#authorities = options.ca === undefined ? {} : { ca: [options.ca].flat() };
    // Shared by all connections without a client certificate, because parsing the list of authorities takes longer
    // than a handshake.
    const secureContext = createSecureContext(this.#authorities);
    const { outboundProxy } = options;
    this.#dialerOptions = {
      rules: options,
      resolver: options.resolver,
      secureContext,
      proxy: outboundProxy === undefined ? undefined : new ProxyRoute(outboundProxy, secureContext),
      onUnsent: (cause, detail) => this.#unsent.report(cause, detail),
    };
    this.#poolOptions = {
      maxConnections: options.maxConnectionsPerPool ?? 1_024,
      keepAliveMs: options.keepAliveMs ?? 4_000,
      maxWaitMs: options.maxWaitMs ?? 500,
    };
    this.#origins = new LRUCache({
      max: options.maxOrigins ?? 1_000,
      dispose: (origin) => origin.retire(),
    });
    this.#sweeper = setInterval(() => this.#sweep(), (options.forgetOriginAfterMs ?? 60_000) / 4).unref();
  }

  send(request: OutgoingRequest): Promise<SendResult> {
    if (this.#isClosing) return Promise.resolve(this.#unsent.toResult('shutting_down'));
    const key = toKey(request);
    const origin = this.#origins.get(key) ?? this.#open(key, request);
    if (!(origin instanceof Origin)) return Promise.resolve(origin);
    this.#inFlight++;
    return new Promise((resolve) => {
      origin.send(request, resolve);
    });
  }

  /**
   * Waits for the requests in flight, at most until their deadlines, then closes all connections. Requests that
   * wait for a connection are not sent.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweeper);
    for (const origin of this.#origins.values()) origin.endWaiting();
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => this.#whenDrained.push(resolve));
    }
    this.#origins.clear();
  }

  #open(key: string, { origin: url, clientCertificate }: OutgoingRequest): Origin | SendResult {
    const parsed = parseTarget(url, this.#rules);
    if (!parsed.ok) {
      return toFailure('address_refused', `the target breaks the rule "${parsed.rule}"`);
    }
    const dialerOptions = this.#withCertificate(clientCertificate);
    if (dialerOptions === undefined) return toFailure('tls_failed', 'the client certificate cannot be used');
    const origin = new Origin(
      {
        createDialer: (accountId) => new Dialer(parsed.target, { ...dialerOptions, accountId }),
        sockets: this.#sockets,
        unsent: this.#unsent,
        onFinished: () => this.#onFinished(),
      },
      this.#poolOptions,
    );
    this.#origins.set(key, origin);
    return origin;
  }

  /** Undefined if OpenSSL rejects the certificate, for example for its algorithm. */
  #withCertificate(identity: ClientIdentity | undefined): SharedDialerOptions | undefined {
    if (identity === undefined) return this.#dialerOptions;
    const { certificate: cert, privateKey: key } = identity;
    try {
      const secureContext = createSecureContext({ ...this.#authorities, cert, key });
      return { ...this.#dialerOptions, secureContext };
    } catch {
      return undefined;
    }
  }

  #onFinished(): void {
    this.#inFlight--;
    if (this.#inFlight > 0 || !this.#isClosing) return;
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  #sweep(): void {
    for (const [key, origin] of this.#origins.entries()) {
      if (origin.sweep()) this.#origins.delete(key);
    }
  }
}

/** Requests with different client certificates share no connection and no TLS session. */
function toKey({ origin, clientCertificate }: OutgoingRequest): string {
  return clientCertificate === undefined ? origin : `${origin} ${clientCertificate.id}`;
}

function toFailure(reason: AttemptReason, detail: string): SendResult {
  return { kind: 'unanswered', reason, detail, durationMs: 0 };
}
