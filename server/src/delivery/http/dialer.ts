import * as net from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import type { UnsentCause } from '../../domain/ports/telemetry.ts';
import { describeLookupFailure } from '../dns/lookup-failure.ts';
import type { ResolvedAddress, Resolver } from '../dns/resolver.ts';
import {
  checkTargetAddress,
  isPrivateHostAllowed,
  type Target,
  type TargetRules,
} from '../ssrf/parse-target.ts';
import { DialError } from './failure.ts';
import { Http2Bridge } from './http2-bridge.ts';
import { ProxyError, type ProxyRoute } from './proxy-route.ts';
import { findUnsentCause } from './unsent.ts';

/** How long to try one address before the next one. Longer than a round trip to any place on Earth. */
const nextAddressAfterMs = 500;

/** The alert of a receiver that speaks none of the offered protocols (RFC 7301, 3.2). */
const noProtocol = 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';

export interface DialerOptions {
  readonly rules: TargetRules;
  readonly resolver: Resolver;
  /** The account that the connections are for. */
  readonly accountId: string;
  readonly secureContext: tls.SecureContext;
  /** Undefined: receivers are called directly. */
  readonly proxy: ProxyRoute | undefined;
  /** Called when a request cannot be sent for a reason that is not the receiver's. */
  readonly onUnsent: (cause: UnsentCause, detail: string) => void;
}

type DialDone = (result: Duplex | Error) => void;

interface PendingDial {
  isFinished: boolean;
  socket: net.Socket | undefined;
  readonly done: DialDone;
}

/**
 * Opens connections to one origin, behind the SSRF guard (server-side request forgery):
 *
 *   resolve the name -> check every address, reject all if one is forbidden -> connect to these only,
 *   perhaps through the proxy -> TLS with the receiver
 *
 * The resolver is asked exactly once per connection, which defeats DNS rebinding: a name that changes its
 * address between the check and the connection. The addresses may come from a cache, and are checked again for
 * each connection. `Host`, SNI and the certificate check use the name.
 *
 * Only HTTP/1.1 is offered, which nearly every receiver speaks. One that rejects it is called again with HTTP/2, and
 * from then on at once.
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
  /** Whether the receiver rejected HTTP/1.1. */
  #offersHttp2 = false;

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
    try {
      const addresses = await this.#resolveChecked();
      if (pending.isFinished) return;
      const socket = await this.#open(addresses, pending);
      if (pending.isFinished) return;
      socket.on('error', (error) => {
        if (this.#isHttp2Needed(error)) this.#dialHttp2(pending);
        else if (socket === pending.socket) this.#fail(pending, error);
      });
      socket.once('close', () => {
        if (socket !== pending.socket) return;
        this.#fail(pending, new DialError('connection_reset', 'closed while connecting'));
      });
      if (this.target.protocol === 'https:')
        socket.once('secureConnect', () => finish(pending, this.#toStream(socket)));
      else if (socket.connecting) socket.once('connect', () => finish(pending, socket));
      else finish(pending, socket);
    } catch (error) {
      this.#fail(pending, error);
    }
  }

  #isHttp2Needed(error: Error): boolean {
    return !this.#offersHttp2 && 'code' in error && error.code === noProtocol;
  }

  #dialHttp2(pending: PendingDial): void {
    this.#offersHttp2 = true;
    pending.socket = undefined;
    if (!pending.isFinished) void this.#run(pending);
  }

  #toStream(socket: net.Socket): Duplex {
    const isHttp2 = socket instanceof tls.TLSSocket && socket.alpnProtocol === 'h2';
    return isHttp2 ? new Http2Bridge(socket, this.target.origin) : socket;
  }

  /** Ends a dial with an error: the receiver's, or one that is ours and means that nothing was sent. */
  #fail(pending: PendingDial, error: unknown): void {
    if (pending.isFinished) return;
    const isWrapped = error instanceof DialError || error instanceof ProxyError;
    const isProxy = error instanceof ProxyError;
    const cause =
      findUnsentCause(isWrapped ? error.cause : error, hasIpv6) ?? (isProxy ? 'proxy_failed' : undefined);
    if (cause === undefined) {
      if (pending.socket !== undefined) this.#failedAt = performance.now();
      finish(pending, error instanceof Error ? error : new Error('the resolver threw', { cause: error }));
      return;
    }
    const code = isProxy
      ? error.message
      : error instanceof Error && 'code' in error
        ? String(error.code)
        : cause;
    this.#options.onUnsent(cause, code);
    finish(pending, new DialError('not_sent', code, error));
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

  /** Starts to connect: with the receiver, or through a tunnel that is open. */
  async #open(addresses: readonly ResolvedAddress[], pending: PendingDial): Promise<net.Socket> {
    const { proxy } = this.#options;
    const keep = (socket: net.Socket): net.Socket => (pending.socket = socket);
    if (proxy?.isFor(this.target, addresses) !== true) return keep(this.#connect(addresses));
    const tunnel = await proxy.open({ target: this.target, addresses, onSocket: keep });
    // A dial that was canceled has destroyed the tunnel.
    if (pending.isFinished || this.target.protocol === 'http:') return keep(tunnel);
    return keep(this.#secure({ socket: tunnel, host: this.target.host }));
  }

  #connect(addresses: readonly ResolvedAddress[]): net.Socket {
    const { host, port, protocol } = this.target;
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
    return protocol === 'http:' ? net.connect(options) : this.#secure(options);
  }

  /** TLS with the receiver. Its certificate is checked against the host of the URL. */
  #secure(options: tls.ConnectionOptions): tls.TLSSocket {
    const { host, isAddress } = this.target;
    const socket = tls.connect({
      ...options,
      secureContext: this.#options.secureContext,
      ALPNProtocols: this.#offersHttp2 ? ['http/1.1', 'h2'] : ['http/1.1'],
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

/** Whether this machine has an IPv6 address besides loopback and link-local ones. */
function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(
      ({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe80:/i.test(address),
    ),
  );
}

function finish(pending: PendingDial, result: Duplex | Error): void {
  if (pending.isFinished) return;
  pending.isFinished = true;
  if (result instanceof Error) pending.socket?.destroy();
  pending.done(result);
}
