import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Dialer } from '../../server/src/delivery/http/dialer.ts';

/** A socket whose other end is the test: `emit('data', ...)` is what the receiver sends. */
export class FakeSocket extends EventEmitter {
  readonly written: string[] = [];
  writableLength = 0;
  isDestroyed = false;

  write(bytes: string | Buffer, encoding?: BufferEncoding): boolean {
    this.written.push(typeof bytes === 'string' ? `${encoding}:${bytes}` : bytes.toString('latin1'));
    return true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  receive(text: string): void {
    this.emit('data', Buffer.from(text, 'latin1'));
  }
}

/** Opens connections when the test says so. */
export class FakeDialer {
  readonly target = { origin: 'http://receiver.test:8080' };
  readonly sockets: FakeSocket[] = [];
  readonly pending: ((result: Socket | Error) => void)[] = [];
  dials = 0;
  canceled = 0;

  dial(done: (result: Socket | Error) => void): () => void {
    this.dials++;
    this.pending.push(done);
    return () => void this.canceled++;
  }

  /** Opens the connection that was asked for first. */
  open(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    // `as`: what a connection uses of a socket.
    this.pending.shift()?.(socket as unknown as Socket);
    return socket;
  }

  fail(error: Error): void {
    this.pending.shift()?.(error);
  }

  /** What a connection uses of a dialer. */
  toDialer(): Dialer {
    return this as unknown as Dialer;
  }
}
