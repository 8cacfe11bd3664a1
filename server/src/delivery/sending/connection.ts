import type { Socket } from 'node:net';
import type { AttemptReason } from '@tocsin/shared';
import { Client, type Dispatcher } from 'undici';
import type { OutgoingRequest } from '../../domain/ports.ts';
import type { Dialer } from './dialer.ts';

/** What a connection carries: undici's handler of one request, that can also be ended from here. */
export interface Carried extends Dispatcher.DispatchHandler {
  readonly request: OutgoingRequest;
  fail(reason: AttemptReason, detail: string): void;
}

/** Sum of all header names and values of an answer. What Node's own server takes; a flood ends here. */
const maxHeaderBytes = 16 * 1024;

/**
 * Most that one answer may take on the wire. Headers and body have limits of their own; this one is for what is
 * neither, such as the extensions of chunks, and could keep us reading at full speed up to the deadline. A body in
 * chunks of one byte is six times as long on the wire.
 */
const maxWireBytes = 128 * 1024;

/** The longest that a receiver's own `Keep-Alive: timeout=` is believed. */
const maxKeepAliveMs = 30_000;

/** Taken off the receiver's `Keep-Alive: timeout=`: a request must not be on its way while the receiver closes. */
const keepAliveMarginMs = 2_000;

/**
 * One connection to a receiver: made when the first request needs it, and again when it was lost between requests.
 * Carries one request at a time. It is undici's `Client` and not its `Pool`, because an aborted request leaves a
 * pool's client open and makes it connect once more for nothing, and because a deadline that passes while connecting
 * must also end the connecting.
 */
export class Connection {
  readonly #client: Client;
  #cancelDial: (() => void) | undefined;
  #socket: Socket | undefined;
  #exchange: Carried | undefined;
  #bytesBefore = 0;

  constructor(dialer: Dialer, keepAliveMs: number) {
    this.#client = new Client(dialer.target.origin, {
      pipelining: 1,
      // Deadlines are the exchange's. Zero turns undici's own timers off.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: maxHeaderBytes,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: Math.max(keepAliveMs, maxKeepAliveMs),
      keepAliveTimeoutThreshold: keepAliveMarginMs,
      connect: (_options, done) => {
        this.#cancelDial = dialer.dial((result) => {
          this.#cancelDial = undefined;
          if (result instanceof Error) {
            done(result, null);
            return;
          }
          this.#watch(result);
          done(null, result);
        });
      },
    });
  }

  send(exchange: Carried): void {
    this.#exchange = exchange;
    this.#bytesBefore = this.#socket?.bytesRead ?? 0;
    const { path, headers, body } = exchange.request;
    this.#client.dispatch({ method: 'POST', path, headers, body }, exchange);
  }

  /** Ends the connection at once, also one that is still being made. */
  destroy(): void {
    this.#cancelDial?.();
    this.#cancelDial = undefined;
    this.#exchange = undefined;
    this.#client.destroy(null, () => {});
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    this.#bytesBefore = 0;
    socket.on('readable', () => {
      if (socket.bytesRead - this.#bytesBefore <= maxWireBytes) return;
      this.#exchange?.fail('bad_response', 'too many bytes around the body');
    });
  }
}
