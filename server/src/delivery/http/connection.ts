import type { Socket } from 'node:net';
import type { AttemptReason } from '@tocsin/shared';
import { Client, type Dispatcher } from 'undici';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { Dialer } from './dialer.ts';
import { maxBodyBytesRead } from './reply.ts';

/** What a connection carries: undici's handler of one request, that can also be ended from here. */
export interface Carried extends Dispatcher.DispatchHandler {
  readonly request: OutgoingRequest;
  /** Whether status and headers of the final answer are there. */
  readonly hasHead: boolean;
  fail(reason: AttemptReason, detail: string): void;
}

/**
 * Most that status and headers may take, informational responses before them included. What Node's own server takes.
 * Measured on the wire and not by undici's `maxHeaderSize`, which goes on parsing what it has read and makes an error
 * for every header too many: 64 KB of short headers then stopped the whole process for 50 ms and more.
 */
const maxHeadBytes = 16 * 1024;

/**
 * Most that one answer may take on the wire: head, body, and as much again as the body for what is neither. Trailers
 * and the extensions of chunks have no limit of their own, and could keep us reading at full speed up to the deadline.
 */
const maxWireBytes = maxHeadBytes + 2 * maxBodyBytesRead;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

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
      // Never reached; see maxHeadBytes.
      maxHeaderSize: 16 * maxWireBytes,
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

  /** Lets go of the exchange that is over: an idle connection must not keep its body in memory. */
  rest(): void {
    this.#exchange = undefined;
  }

  /** Ends the connection at once, also one that is still being made. */
  destroy(): void {
    this.#cancelDial?.();
    this.#cancelDial = undefined;
    this.#exchange = undefined;
    this.#client.destroy(null, () => {});
  }

  /** Listens before undici does, so that it sees what has come before it is parsed. */
  #watch(socket: Socket): void {
    this.#socket = socket;
    this.#bytesBefore = socket.bytesRead;
    socket.on('readable', () => {
      if (this.#exchange === undefined) return;
      const received = socket.bytesRead - this.#bytesBefore;
      const parsed = received - socket.readableLength;
      if (parsed > maxWireBytes) {
        this.#exchange.fail('bad_response', 'too many bytes around the body');
      } else if (
        !this.#exchange.hasHead &&
        received > maxHeadBytes &&
        !endsHead(socket, maxHeadBytes - parsed)
      ) {
        this.#exchange.fail('bad_response', 'too many headers');
      }
    });
  }
}

/** Whether an empty line is among the next bytes. Looks at them and puts them back. */
function endsHead(socket: Socket, within: number): boolean {
  const next = socket.read() as Buffer | null;
  if (next === null) return true;
  socket.unshift(next);
  // The empty line may have begun in what was read before.
  return (
    next[0] === carriageReturn ||
    next[0] === lineFeed ||
    next.subarray(0, Math.max(0, within)).includes('\r\n\r\n')
  );
}
