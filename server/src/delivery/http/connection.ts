import type { Duplex } from 'node:stream';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { Dialer } from './dialer.ts';
import { toRequestBytes } from './request-bytes.ts';

/** What a connection is used for: sends a request and reads its response. */
export interface ConnectionUser {
  readonly request: OutgoingRequest;
  /** The next bytes of the response. */
  onBytes(bytes: Buffer): void;
  /** The connection could not be opened, or has ended. `error` is undefined if the server closed it in order. */
  onLost(error: Error | undefined): void;
}

/** The longest `Keep-Alive: timeout=` of a receiver that is respected. */
const maxKeepAliveMs = 30_000;

/**
 * Subtracted from the receiver's `Keep-Alive: timeout=`, so that no request races with the receiver's close.
 */
const keepAliveMarginMs = 2_000;

/**
 * One kept-alive connection to a receiver, for one request at a time.
 *
 *   closed   no socket
 *     | send
 *     v
 *   dialing --failed--> closed, the user learns of it
 *     | connected
 *     v
 *   busy     --release--> idle --send--> checked --at the end of this turn--> busy
 *
 *   busy     --lost before a byte of the response, on a socket used before--> dialing
 *            --lost otherwise--> closed, the user learns of it
 *   idle     --lost, bytes that no request asked for, or unused for too long--> closed
 *   checked  the same, but --> dialing, because nothing was sent
 *   any      --destroy--> closed
 *
 * A receiver may close an idle connection while a request is on its way to it. Such a request is sent again,
 * once: the new socket was not used before.
 */
export class Connection {
  readonly #dialer: Dialer;
  readonly #host: string;
  readonly #keepAliveMs: number;
  #cancelDial: (() => void) | undefined;
  #socket: Duplex | undefined;
  #user: ConnectionUser | undefined;
  /** Set until it was written. */
  #unsent: string | Buffer | undefined;
  /** Whether a request before this one has used the socket. */
  #isUsed = false;
  /** Whether a byte of the response has arrived. */
  #hasResponse = false;
  /** How long the connection is kept after its last request. */
  #keepMs: number;
  /** A time of `performance.now()`. */
  #idleUntil = Infinity;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(dialer: Dialer, keepAliveMs: number) {
    this.#dialer = dialer;
    this.#host = dialer.target.origin.slice(dialer.target.origin.indexOf('//') + 2);
    this.#keepAliveMs = keepAliveMs;
    this.#keepMs = keepAliveMs;
  }

  /** Whether the request was written, so that the next one does not follow half of it. */
  get hasSentAll(): boolean {
    return this.#unsent === undefined && this.#socket?.writableLength === 0;
  }

  /**
   * Sends the request of `user`.
   *
   * @throws InvalidRequestError before anything is sent
   */
  send(user: ConnectionUser): void {
    const bytes = toRequestBytes(this.#host, user.request);
    this.#user = user;
    this.#unsent = bytes;
    this.#hasResponse = false;
    if (this.#socket !== undefined && performance.now() >= this.#idleUntil) this.#drop();
    if (this.#socket === undefined) this.#dial();
    // Not yet: its close, or bytes that no request asked for, may have arrived and not been read. The event loop
    // reads sockets between two turns of setImmediate, and perhaps not before the first one.
    else setImmediate(writeLater, this, user);
  }

  /** Writes the request of `user`, unless that was done on a new socket or given up. */
  writeUnsent(user: ConnectionUser): void {
    if (user === this.#user && this.#socket !== undefined) this.#write(this.#socket);
  }

  /** Sets how long the server says that it keeps the connection; undefined if it does not say. */
  setKeepAlive(seconds: number | undefined): void {
    this.#keepMs =
      seconds === undefined
        ? this.#keepAliveMs
        : Math.min(seconds * 1000 - keepAliveMarginMs, Math.max(this.#keepAliveMs, maxKeepAliveMs));
  }

  /** Releases the connection from its finished request. */
  release(): void {
    this.#user = undefined;
    this.#isUsed = true;
    if (this.#keepMs <= 0) return this.#drop();
    this.#idleUntil = performance.now() + this.#keepMs;
    // One timer for many requests: it looks when the connection was last used.
    this.#idleTimer ??= setTimeout(dropIdle, this.#keepMs, this).unref();
  }

  /** Closes the connection if it is idle for too long, and looks again later otherwise. */
  dropIdle(): void {
    this.#idleTimer = undefined;
    if (this.#socket === undefined) return;
    const leftMs = this.#user === undefined ? this.#idleUntil - performance.now() : this.#keepAliveMs;
    if (leftMs <= 0) this.#drop();
    else this.#idleTimer = setTimeout(dropIdle, Math.ceil(leftMs), this).unref();
  }

  /** Closes the connection immediately, even while it is connecting. */
  destroy(): void {
    this.#user = undefined;
    this.#unsent = undefined;
    this.#cancelDial?.();
    this.#cancelDial = undefined;
    this.#drop();
  }

  #dial(): void {
    this.#cancelDial = this.#dialer.dial((result) => {
      this.#cancelDial = undefined;
      if (result instanceof Error) this.#user?.onLost(result);
      else this.#open(result);
    });
  }

  #open(socket: Duplex): void {
    this.#socket = socket;
    this.#isUsed = false;
    this.#idleUntil = Infinity;
    socket.on('data', (bytes: Buffer) => this.#onBytes(socket, bytes));
    socket.on('error', (error) => this.#onLost(socket, error));
    socket.on('end', () => this.#onLost(socket, undefined));
    socket.on('close', () => this.#onLost(socket, undefined));
    this.#write(socket);
  }

  #write(socket: Duplex): void {
    const bytes = this.#unsent;
    if (bytes === undefined) return;
    this.#unsent = undefined;
    socket.write(bytes, 'latin1');
  }

  #onBytes(socket: Duplex, bytes: Buffer): void {
    if (socket !== this.#socket) return;
    if (this.#user === undefined || this.#unsent !== undefined) {
      this.#onLost(socket, undefined);
      return;
    }
    this.#hasResponse = true;
    this.#user.onBytes(bytes);
  }

  #onLost(socket: Duplex, error: Error | undefined): void {
    if (socket !== this.#socket) return;
    this.#drop();
    const user = this.#user;
    if (user === undefined) return;
    if (!this.#isUsed || this.#hasResponse) {
      user.onLost(error);
      return;
    }
    this.#unsent ??= toRequestBytes(this.#host, user.request);
    this.#dial();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    socket?.destroy();
  }
}

/** Shared by all timers, because a closure per request would cost more than the timer. */
function dropIdle(connection: Connection): void {
  connection.dropIdle();
}

function writeLater(connection: Connection, user: ConnectionUser): void {
  setImmediate(writeUnsent, connection, user);
}

function writeUnsent(connection: Connection, user: ConnectionUser): void {
  connection.writeUnsent(user);
}
