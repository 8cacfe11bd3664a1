import * as net from 'node:net';
import * as tls from 'node:tls';
import { describeLookupFailure } from '../dns/lookup-failure.ts';
import type { ResolvedAddress, Resolver } from '../dns/resolver.ts';
import {
  checkTargetAddress,
  isPrivateHostAllowed,
  type Target,
  type TargetRules,
} from '../ssrf/parse-target.ts';
import { DialError } from './failure.ts';

/** How long to try one address before the next one. Longer than a round trip to any place on Earth. */
const nextAddressAfterMs = 500;

export interface DialerOptions {
  readonly rules: TargetRules;
  readonly resolver: Resolver;
  /** The account that the connections are for. */
  readonly accountId: string;
  readonly secureContext: tls.SecureContext;
}

type DialDone = (result: net.Socket | Error) => void;

interface PendingDial {
  isFinished: boolean;
  socket: net.Socket | undefined;
  readonly done: DialDone;
}

/**
 * Opens connections to one origin, behind the SSRF guard (server-side request forgery):
 *
 *   resolve the name -> check every address, reject all if one is forbidden -> connect to these only -> TLS
 *
 * The resolver is asked exactly once per connection, which defeats DNS rebinding: a name that changes its
 * address between the check and the connection. The addresses may come from a cache, and are checked again for
 * each connection. `Host`, SNI and the certificate check use the name.
 */
export class Dialer {
  readonly target: Target;
  readonly #options: DialerOptions;
  /**
   * When a connection last failed, a time of `performance.now()`. The receiver may have moved, so addresses from
   * before are not used again.
   */
  #failedAt: number | undefined;
  #session: Buffer | undefined;

  constructor(target: Target, options: DialerOptions) {
    this.target = target;
    this.#options = options;
  }

  /** Connects and calls `done` once, asynchronously. Returns a function that cancels both. */
  dial(done: DialDone): () => void {
    const pending: PendingDial = { isFinished: false, socket: undefined, done };
    void this.#run(pending);
    return () => {
      if (!pending.isFinished && pending.socket !== undefined) this.#failedAt = performance.now();
      pending.isFinished = true;
      pending.socket?.destroy();
    };
  }

  async #run(pending: PendingDial): Promise<void> {
    let addresses: readonly ResolvedAddress[];
    try {
      addresses = await this.#resolveChecked();
    } catch (error) {
      finish(pending, error instanceof Error ? error : new Error('the resolver threw', { cause: error }));
      return;
    }
    if (pending.isFinished) return;
    const socket = this.#connect(addresses);
    pending.socket = socket;
    socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => finish(pending, socket));
    const fail = (error: Error) => {
      if (!pending.isFinished) this.#failedAt = performance.now();
      finish(pending, error);
    };
    socket.on('error', fail);
    socket.once('close', () => fail(new DialError('connection_reset', 'closed while connecting')));
  }

  async #resolveChecked(): Promise<readonly ResolvedAddress[]> {
    const { host, isAddress } = this.target;
    // Node.js connects to an IP address without a lookup, so it must be checked here.
    const addresses = isAddress ? [{ address: host, family: net.isIP(host) }] : await this.#resolve();
    for (const { address } of addresses) {
      const check = checkTargetAddress(this.target, address, this.#options.rules);
      if (!check.ok) throw new DialError('address_refused', `the host points to ${check.why}`);
    }
    return addresses;
  }

  async #resolve(): Promise<readonly ResolvedAddress[]> {
    const { resolver, accountId, rules } = this.#options;
    const { host } = this.target;
    let addresses: readonly ResolvedAddress[];
    try {
      addresses = await resolver(host, {
        accountId,
        hasLocalNames: isPrivateHostAllowed(host, rules),
        ...(this.#failedAt === undefined ? {} : { notBefore: this.#failedAt }),
      });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
      throw new DialError('dns_failed', `the host does not resolve (${describeLookupFailure(code)})`, error);
    }
    if (addresses.length === 0) throw new DialError('dns_failed', 'the host has no address');
    return addresses;
  }

  #connect(addresses: readonly ResolvedAddress[]): net.Socket {
    const { host, port, protocol, isAddress } = this.target;
    const options: net.TcpNetConnectOpts = {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
      // Node.js must not resolve the name again.
      lookup: (_host, _options, callback) => callback(null, [...addresses]),
    };
    if (protocol === 'http:') return net.connect(options);

    const socket = tls.connect({
      ...options,
      secureContext: this.#options.secureContext,
      ALPNProtocols: ['http/1.1'],
      ...(isAddress ? {} : { servername: host }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on('session', (session) => {
      this.#session = session;
    });
    const dropSession = () => {
      this.#session = undefined;
    };
    socket.once('error', dropSession);
    // A later error says nothing of the session, which other connections may be using.
    socket.once('secureConnect', () => socket.off('error', dropSession));
    return socket;
  }
}

function finish(pending: PendingDial, result: net.Socket | Error): void {
  if (pending.isFinished) return;
  pending.isFinished = true;
  if (result instanceof Error) pending.socket?.destroy();
  pending.done(result);
}
