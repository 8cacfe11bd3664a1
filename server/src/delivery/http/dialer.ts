import * as net from 'node:net';
import * as tls from 'node:tls';
import { checkTargetAddress, type Target, type TargetRules } from '../ssrf/parse-target.ts';
import type { ResolvedAddress, Resolver } from '../ssrf/resolver.ts';
import { DialError } from './failure.ts';

/** How long one of several addresses is tried before the next: more than a round trip round the earth. */
const nextAddressAfterMs = 500;

export interface DialerOptions {
  readonly rules: TargetRules;
  readonly resolver: Resolver;
  readonly secureContext: tls.SecureContext;
}

type DialDone = (result: net.Socket | Error) => void;

interface Dialling {
  isOver: boolean;
  socket: net.Socket | undefined;
  readonly done: DialDone;
}

/**
 * Makes connections to one origin, each to an address that was judged for it:
 *
 *   resolve (a name) -> judge every address, any bad one refuses -> connect to these addresses and no others -> TLS
 *
 * The name is resolved once per connection and never again on the way, so that a name that changes what it points to
 * (DNS rebinding) gains nothing. `Host`, SNI and the certificate's check keep the name.
 */
export class Dialer {
  readonly target: Target;
  readonly #options: DialerOptions;
  /** Connections that are opened at the same time share one look-up: getaddrinfo has four threads for everybody. */
  #lookup: Promise<readonly ResolvedAddress[]> | undefined;
  #session: Buffer | undefined;

  constructor(target: Target, options: DialerOptions) {
    this.target = target;
    this.#options = options;
  }

  /** Calls `done` once, never at once, unless the function that it returns is called before: that ends everything. */
  dial(done: DialDone): () => void {
    const dialing: Dialling = { isOver: false, socket: undefined, done };
    void this.#run(dialing);
    return () => {
      dialing.isOver = true;
      dialing.socket?.destroy();
    };
  }

  async #run(dialing: Dialling): Promise<void> {
    let addresses: readonly ResolvedAddress[];
    try {
      addresses = await this.#vettedAddresses();
    } catch (error) {
      finish(dialing, error instanceof Error ? error : new Error('the resolver threw', { cause: error }));
      return;
    }
    if (dialing.isOver) return;
    const socket = this.#connect(addresses);
    dialing.socket = socket;
    socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => finish(dialing, socket));
    socket.on('error', (error) => finish(dialing, error));
    socket.once('close', () => finish(dialing, new DialError('connection_reset', 'closed while connecting')));
  }

  async #vettedAddresses(): Promise<readonly ResolvedAddress[]> {
    const { host, isAddress } = this.target;
    // Node connects to a literal address without any look-up, so this is the place to judge it.
    const addresses = isAddress ? [{ address: host, family: net.isIP(host) }] : await this.#resolve();
    for (const { address } of addresses) {
      const check = checkTargetAddress(host, address, this.#options.rules);
      if (!check.ok) throw new DialError('address_refused', `the host points to ${check.why}`);
    }
    return addresses;
  }

  async #resolve(): Promise<readonly ResolvedAddress[]> {
    this.#lookup ??= this.#options.resolver(this.target.host).finally(() => {
      this.#lookup = undefined;
    });
    let addresses: readonly ResolvedAddress[];
    try {
      addresses = await this.#lookup;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
      throw new DialError('dns_failed', `the host does not resolve (${code})`, error);
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
      lookup: (_host, _options, found) => found(null, [...addresses]),
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
    socket.once('error', () => {
      this.#session = undefined;
    });
    return socket;
  }
}

function finish(dialing: Dialling, result: net.Socket | Error): void {
  if (dialing.isOver) return;
  dialing.isOver = true;
  if (result instanceof Error) dialing.socket?.destroy();
  dialing.done(result);
}
