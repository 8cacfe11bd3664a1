import type { Socket } from 'node:net';
import type { AttemptReason } from '@tocsin/shared';
import { Client, type Dispatcher } from 'undici';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { Dialer } from './dialer.ts';
import { maxBodyBytesRead } from './reply.ts';

/** A request on a connection: undici's handler, which the connection can also fail. */
export interface RequestHandler extends Dispatcher.DispatchHandler {
  readonly request: OutgoingRequest;
  /** Whether the status and headers of the final response have arrived. */
  readonly hasHead: boolean;
  fail(reason: AttemptReason, detail: string): void;
}

/**
 * The most bytes that status and headers may take, informational responses included. Node's own server has
 * the same limit. It is measured on the wire: undici's `maxHeaderSize` keeps parsing what it has read and
 * creates an error per header above the limit, so that a flood of short headers blocks the event loop.
 */
const maxHeadBytes = 16 * 1024;

/**
 * The most bytes that one response may take on the wire: the head, the body, and the size of the body again
 * for chunk extensions and trailers. These have no limit of their own, and could keep us reading until the
 * deadline.
 */
const maxWireBytes = maxHeadBytes + 2 * maxBodyBytesRead;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** The longest `Keep-Alive: timeout=` of a receiver that is respected. */
const maxKeepAliveMs = 30_000;

/**
 * Subtracted from the receiver's `Keep-Alive: timeout=`, so that no request races with the receiver's close.
 */
const keepAliveMarginMs = 2_000;

/**
 * One connection to a receiver, for one request at a time. Connects on the first request, and reconnects if
 * the connection was lost between requests. Uses undici's `Client` and not its `Pool`: in a pool, an aborted
 * request leaves its client open, which then reconnects for nothing, and a deadline cannot end an ongoing
 * connection attempt.
 */
export class Connection {
  readonly #client: Client;
  #cancelDial: (() => void) | undefined;
  #socket: Socket | undefined;
  #handler: RequestHandler | undefined;
  #bytesAtStart = 0;

  constructor(dialer: Dialer, keepAliveMs: number) {
    this.#client = new Client(dialer.target.origin, {
      pipelining: 1,
      // The exchange has its own deadline. Zero disables undici's timers.
      headersTimeout: 0,
      bodyTimeout: 0,
      // Never reached: maxHeadBytes applies first.
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

  send(handler: RequestHandler): void {
    this.#handler = handler;
    this.#bytesAtStart = this.#socket?.bytesRead ?? 0;
    const { path, headers, body } = handler.request;
    this.#client.dispatch({ method: 'POST', path, headers, body }, handler);
  }

  /** Releases the finished request, so that an idle connection does not keep its body in memory. */
  release(): void {
    this.#handler = undefined;
  }

  /** Closes the connection immediately, even while it is connecting. */
  destroy(): void {
    this.#cancelDial?.();
    this.#cancelDial = undefined;
    this.#handler = undefined;
    this.#client.destroy(null, () => {});
  }

  /** Registered before undici's own listener, so that it sees bytes before they are parsed. */
  #watch(socket: Socket): void {
    this.#socket = socket;
    this.#bytesAtStart = socket.bytesRead;
    socket.on('readable', () => {
      if (this.#handler === undefined) return;
      const received = socket.bytesRead - this.#bytesAtStart;
      const parsed = received - socket.readableLength;
      if (parsed > maxWireBytes) {
        this.#handler.fail('bad_response', 'too many bytes outside the body');
      } else if (
        !this.#handler.hasHead &&
        received > maxHeadBytes &&
        !hasHeadEnd(socket, maxHeadBytes - parsed)
      ) {
        this.#handler.fail('bad_response', 'too many headers');
      }
    });
  }
}

/** Whether the head ends within the next bytes. Peeks at them: reads them and puts them back. */
function hasHeadEnd(socket: Socket, within: number): boolean {
  // A socket without an encoding reads buffers.
  const next = socket.read() as Buffer | null;
  if (next === null) return true;
  socket.unshift(next);
  // The empty line that ends the head may have started in bytes that were read before.
  return (
    next[0] === carriageReturn ||
    next[0] === lineFeed ||
    next.subarray(0, Math.max(0, within)).includes('\r\n\r\n')
  );
}
