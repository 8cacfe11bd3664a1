import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionCloseCause, ConnectionMeter } from '../../domain/ports/telemetry.ts';
import { toClientNetwork } from './client-network.ts';

export interface ConnectionGuardOptions {
  /** Most open connections. */
  readonly maxConnections: number;
  /** Most open connections of one client network. */
  readonly maxPerAddress: number;
  /** Returns the limit of file descriptors, if it is known. Connections may take up half of them. */
  readonly descriptorLimit: () => number | undefined;
  /** Trusted proxies carry the requests of many clients, so `maxPerAddress` does not apply to them. */
  readonly isTrustedProxy: (address: string) => boolean;
  /** How long a connection may stay open between two requests. */
  readonly idleMs: number;
  /** How long a peer may take no byte of its response. @default 60000 */
  readonly stallMs?: number;
  readonly meter: ConnectionMeter;
}

/**
 * How long a refused caller has to read its response before the socket is destroyed. An immediate close would
 * reset the connection, and the caller could lose the response.
 */
const lingerMs = 1_000;

const sweepEveryMs = 1_000;

/** Which connections are closed first when there is no room, lowest first. */
const rank = { closing: 0, silent: 1, anonymous: 2, known: 3, inUse: 4 } as const;

interface Connection {
  readonly socket: Socket;
  /** Undefined for trusted proxies. */
  readonly network: string | undefined;
  request: IncomingMessage | undefined;
  response: ServerResponse | undefined;
  /** Whether a caller has authenticated on this connection, and whether the current request has. */
  isKnown: boolean;
  isAuthenticated: boolean;
  lastUsedAt: number;
  closingSince: number | undefined;
  /** Set while the response waits for its peer: since when, and how many bytes the peer had taken by then. */
  stalledSince: number | undefined;
  takenBytes: number;
}

/**
 * Bounds the connections of a server: their number, in total and by address, and the time that one may stay
 * open without any progress.
 *
 * At a limit, a new connection replaces the one with the lowest rank that was used least recently. Silent
 * connections therefore never keep callers out. A new connection is refused only if all others carry
 * authenticated requests.
 *
 * Node's own timeouts (`headersTimeout`, `requestTimeout`, `keepAliveTimeout`) apply too. Bytes that are not
 * part of a request restart its keep-alive timeout, and it has none for a response that the caller does not read.
 */
export class ConnectionGuard {
  readonly #options: ConnectionGuardOptions;
  readonly #connections = new Map<Socket, Connection>();
  readonly #byNetwork = new Map<string, Set<Connection>>();
  readonly #sweeper: NodeJS.Timeout;
  readonly #closers: NodeJS.Timeout[] = [];

  constructor(options: ConnectionGuardOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Guards the connections of a server. A server that listens on several addresses has several servers. */
  watch(server: Server): void {
    server.on('connection', (socket) => this.#add(socket));
    // Before the request handler, which may authenticate synchronously.
    server.prependListener('request', (request, response) => {
      const connection = this.#connections.get(request.socket);
      if (connection === undefined) return;
      connection.request = request;
      connection.response = response;
      connection.isAuthenticated = false;
      connection.lastUsedAt = performance.now();
    });
  }

  /** Records that the caller of the current request is authenticated. */
  markAuthenticated(request: IncomingMessage): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return;
    connection.isKnown = true;
    connection.isAuthenticated = true;
  }

  /** Whether the current response has begun, so that nothing else may be written to the socket. */
  hasStartedResponse(socket: Socket): boolean {
    const response = this.#connections.get(socket)?.response;
    return response !== undefined && response.headersSent && !response.writableFinished;
  }

  /**
   * Closes the connections for the graceful shutdown: those without a request at once and others when they
   * become idle. Node no longer looks for slow requests once its server closes.
   *
   * @param graceMs when to close the rest
   */
  closeAll(graceMs: number): void {
    this.#closeIdle();
    this.#closers.push(
      setInterval(() => this.#closeIdle(), 20).unref(),
      setTimeout(() => {
        for (const { socket } of this.#connections.values()) socket.destroy();
      }, graceMs).unref(),
    );
  }

  #closeIdle(): void {
    for (const { socket, response } of this.#connections.values()) {
      if (response === undefined || response.writableFinished) socket.destroy();
    }
  }

  stop(): void {
    clearInterval(this.#sweeper);
    // Clears timeouts too.
    for (const timer of this.#closers) clearInterval(timer);
  }

  #add(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const network = this.#options.isTrustedProxy(remoteAddress) ? undefined : toClientNetwork(remoteAddress);
    if (!this.#makeRoom(network)) {
      this.#options.meter.countClosedConnection('limit');
      socket.destroy();
      return;
    }
    const connection: Connection = {
      socket,
      network,
      request: undefined,
      response: undefined,
      isKnown: false,
      isAuthenticated: false,
      lastUsedAt: performance.now(),
      closingSince: undefined,
      stalledSince: undefined,
      takenBytes: 0,
    };
    this.#connections.set(socket, connection);
    this.#addToGroup(connection);
    socket.once('close', () => this.#remove(connection));
    this.#closeGently(connection);
  }

  #addToGroup(connection: Connection): void {
    if (connection.network === undefined) return;
    const members = this.#byNetwork.get(connection.network) ?? new Set();
    members.add(connection);
    this.#byNetwork.set(connection.network, members);
  }

  #remove(connection: Connection): void {
    this.#connections.delete(connection.socket);
    if (connection.network === undefined) return;
    const members = this.#byNetwork.get(connection.network);
    members?.delete(connection);
    if (members?.size === 0) this.#byNetwork.delete(connection.network);
  }

  /** Returns false if all connections that count against a reached limit are in use. */
  #makeRoom(network: string | undefined): boolean {
    const { maxConnections, maxPerAddress, descriptorLimit } = this.#options;
    const descriptors = descriptorLimit() ?? Number.POSITIVE_INFINITY;
    const limit = Math.max(1, Math.min(maxConnections, Math.floor(descriptors / 2)));
    const members = network === undefined ? undefined : this.#byNetwork.get(network);
    if (members !== undefined && members.size >= maxPerAddress && !this.#closeOne(members)) return false;
    // More than one, because the limit of descriptors can become smaller.
    while (this.#connections.size >= limit) if (!this.#closeOne(this.#connections.values())) return false;
    return true;
  }

  #closeOne(connections: Iterable<Connection>): boolean {
    let victim: Connection | undefined;
    let lowest: number = rank.inUse;
    for (const connection of connections) {
      const value = toRank(connection);
      const isEarlier = value === lowest && victim !== undefined && connection.lastUsedAt < victim.lastUsedAt;
      if (value < lowest || isEarlier) {
        lowest = value;
        victim = connection;
      }
    }
    if (victim === undefined) return false;
    this.#destroy(victim, 'limit');
    return true;
  }

  #destroy(connection: Connection, cause: ConnectionCloseCause): void {
    this.#options.meter.countClosedConnection(cause);
    // Its `close` event comes later, and the room is needed now.
    this.#remove(connection);
    connection.socket.destroy();
  }

  /**
   * Replaces how Node closes a socket after the last response. Node destroys it as soon as the response is
   * written, also if the caller is still sending a body that was refused unread. This stops reading, leaves
   * the caller time to read the response, and then destroys the socket whatever the caller does.
   */
  #closeGently(connection: Connection): void {
    const { socket } = connection;
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      connection.closingSince ??= performance.now();
      if (connection.request === undefined || connection.request.complete) {
        destroySoon();
        return;
      }
      socket.end();
      socket.pause();
    };
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections.values()) {
      const { response, closingSince } = connection;
      if (response?.writableFinished === true) {
        connection.response = undefined;
        connection.isAuthenticated = false;
        connection.lastUsedAt = now;
      }
      if (closingSince !== undefined && hasSentAll(connection.socket) && now - closingSince > lingerMs) {
        this.#destroy(connection, 'refused');
      } else if (this.#isStalled(connection, now)) {
        this.#destroy(connection, 'slow_response');
      } else if (
        connection.response === undefined &&
        closingSince === undefined &&
        now - connection.lastUsedAt > this.#options.idleMs
      ) {
        this.#destroy(connection, 'idle');
      }
    }
  }

  /** Whether bytes have waited for the peer all the time, and it took none of them. */
  #isStalled(connection: Connection, now: number): boolean {
    const { socket } = connection;
    if (hasSentAll(socket)) {
      connection.stalledSince = undefined;
      return false;
    }
    const taken = socket.bytesWritten - socket.writableLength;
    if (connection.stalledSince === undefined || taken !== connection.takenBytes) {
      connection.stalledSince = now;
      connection.takenBytes = taken;
    }
    return now - connection.stalledSince > (this.#options.stallMs ?? 60_000);
  }
}

function toRank({ closingSince, response, isKnown, isAuthenticated }: Connection): number {
  if (closingSince !== undefined) return rank.closing;
  const hasRequest = response !== undefined && !response.writableFinished;
  if (hasRequest) return isAuthenticated ? rank.inUse : rank.anonymous;
  return isKnown ? rank.known : rank.silent;
}

function hasSentAll(socket: Socket): boolean {
  return socket.writableLength === 0;
}
