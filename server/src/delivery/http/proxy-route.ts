import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { ResolvedAddress } from '../dns/resolver.ts';
import type { Target } from '../ssrf/parse-target.ts';
import { DialError } from './failure.ts';
import type { ProxyOptions } from './outbound-proxy.ts';
import { isProxyAnswering } from './proxy-probe.ts';
import { openTunnel, TunnelError } from './proxy-tunnel.ts';

const defaultTimeoutMs = 5_000;

/** For the answer to a question that the proxy answers itself. */
const probeTimeoutMs = 1_000;

/** Addresses of a receiver to try, one after the other. */
const maxAddresses = 3;

/** The proxy did not do its part, so nothing was sent. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

interface TunnelTarget {
  readonly target: Target;
  /** Checked by the SSRF guard. */
  readonly addresses: readonly ResolvedAddress[];
  readonly onSocket: (socket: Socket) => void;
}

/** The way through the proxy to all receivers but the exceptions. */
export class ProxyRoute {
  readonly #options: ProxyOptions;
  readonly #secureContext: SecureContext;
  /** When the proxy last answered a CONNECT, a time of `performance.now()`. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  #probe: Promise<boolean> | undefined;

  /** @param secureContext for the connection to an `https:` proxy, without the certificate of any webhook */
  constructor(options: ProxyOptions, secureContext: SecureContext) {
    this.#options = options;
    this.#secureContext = secureContext;
  }

  /** Whether a receiver is called through the proxy. An exception names its host, or has all of its addresses. */
  isFor(target: Target, addresses: readonly ResolvedAddress[]): boolean {
    const { except } = this.#options;
    return !except.hasHost(target.host) && !addresses.every(({ address }) => except.hasAddress(address));
  }

  /**
   * Opens a tunnel to one of the addresses.
   *
   * @throws ProxyError if the proxy fails, DialError if the receiver does
   */
  async open(to: TunnelTarget): Promise<Socket> {
    const startedAt = performance.now();
    let failure: Error = new DialError('connect_failed', 'no address was tried');
    for (const { address } of to.addresses.slice(0, maxAddresses)) {
      try {
        return await this.#openTo(address, to);
      } catch (error) {
        failure = await this.#toFailure(error, startedAt);
        if (!(error instanceof TunnelError) || error.fault !== 'receiver') break;
      }
    }
    throw failure;
  }

  async #openTo(address: string, { target, onSocket }: TunnelTarget): Promise<Socket> {
    const { proxy, timeoutMs = defaultTimeoutMs } = this.#options;
    const socket = await openTunnel({
      proxy,
      secureContext: this.#secureContext,
      address,
      port: target.port,
      timeoutMs,
      onSocket,
    });
    this.#answeredAt = performance.now();
    return socket;
  }

  /** Asks the proxy. One question at a time. */
  async #isAnswering(): Promise<boolean> {
    const { proxy } = this.#options;
    const secureContext = this.#secureContext;
    this.#probe ??= isProxyAnswering({ proxy, secureContext }, probeTimeoutMs).finally(
      () => (this.#probe = undefined),
    );
    return await this.#probe;
  }

  async #toFailure(error: unknown, startedAt: number): Promise<Error> {
    if (!(error instanceof TunnelError)) return new ProxyError('internal', { cause: error });
    const { fault, message, cause } = error;
    if (fault === 'receiver') {
      this.#answeredAt = performance.now();
      return new DialError('connect_failed', message);
    }
    // A proxy that answers meanwhile waits for the receiver.
    if (fault === 'silent' && (this.#answeredAt > startedAt || (await this.#isAnswering()))) {
      return new DialError('timeout', message);
    }
    return new ProxyError(message, { cause });
  }
}
