import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { apiError, TocsinError } from '../../domain/errors.ts';

export interface BodyReaderOptions {
  /** Most bytes of all bodies that are being received. */
  readonly maxTotalBytes: number;
  /** Most bytes of the bodies that one account is sending. */
  readonly maxAccountBytes: number;
}

export type BodyDone = (error: TocsinError | null, text?: string) => void;

/**
 * Receives the bodies of requests. The limit of the route applies to the bytes that arrive, however they are
 * framed. Chunks are copied into one buffer, because a body of tiny chunks would otherwise take up a hundred
 * times its size.
 */
export class BodyReader {
  readonly #options: BodyReaderOptions;
  readonly #bytesOf = new Map<string, number>();
  #bytes = 0;

  constructor(options: BodyReaderOptions) {
    this.#options = options;
  }

  /** Calls `done` once, with the text or with the error to send. */
  read(request: FastifyRequest, payload: Readable, done: BodyDone): void {
    const limit = request.routeOptions.bodyLimit;
    const account = toAccount(request);
    const body = new GrowingBody(limit, done);
    // The listeners stay: removing them costs more than a call that is ignored.
    payload
      .on('data', (chunk: Buffer) => {
        if (body.isFinished) return;
        if (body.length + chunk.length > limit) return this.#finish(account, body, tooLarge());
        if (!this.#reserve(account, chunk.length)) return this.#finish(account, body, overloaded());
        body.add(chunk);
      })
      .on('end', () => this.#finish(account, body, null))
      .on('error', (error: unknown) => this.#finish(account, body, interrupted(error)));
  }

  #finish(account: string, body: GrowingBody, error: TocsinError | null): void {
    if (body.isFinished) return;
    this.#release(account, body.length);
    body.finish(error);
  }

  #reserve(account: string, bytes: number): boolean {
    const { maxTotalBytes, maxAccountBytes } = this.#options;
    const held = this.#bytesOf.get(account) ?? 0;
    if (this.#bytes + bytes > maxTotalBytes || held + bytes > maxAccountBytes) return false;
    this.#bytes += bytes;
    this.#bytesOf.set(account, held + bytes);
    return true;
  }

  #release(account: string, bytes: number): void {
    const held = (this.#bytesOf.get(account) ?? 0) - bytes;
    this.#bytes -= bytes;
    if (held > 0) this.#bytesOf.set(account, held);
    else this.#bytesOf.delete(account);
  }
}

/** Keeps a body of one chunk as it is, the common case, and copies further chunks into one buffer. */
class GrowingBody {
  readonly #limit: number;
  readonly #done: BodyDone;
  #buffer: Buffer | undefined;
  length = 0;
  isFinished = false;

  constructor(limit: number, done: BodyDone) {
    this.#limit = limit;
    this.#done = done;
  }

  add(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.#buffer === undefined) {
      this.#buffer = chunk;
    } else {
      if (length > this.#buffer.length) this.#grow(length);
      chunk.copy(this.#buffer, this.length);
    }
    this.length = length;
  }

  finish(error: TocsinError | null): void {
    this.isFinished = true;
    if (error === null) this.#done(null, this.#toText());
    else this.#done(error);
  }

  #toText(): string {
    return this.#buffer === undefined ? '' : this.#buffer.toString('utf8', 0, this.length);
  }

  #grow(atLeast: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(2 * atLeast, 16 * 1024)));
    this.#buffer?.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }
}

function toAccount({ caller }: FastifyRequest): string {
  if (caller === undefined) return 'anonymous';
  return caller.actor.kind === 'root' ? 'root' : caller.actor.accountId;
}

export function tooLarge(): TocsinError {
  return apiError('PAYLOAD_TOO_LARGE', 'the request body is too large');
}

function overloaded(): TocsinError {
  return new TocsinError('UNAVAILABLE', 'too many request bodies are being received; retry in 1 s', {
    retryAfterSeconds: 1,
  });
}

function interrupted(cause: unknown): TocsinError {
  return apiError('INVALID_INPUT', 'the request ended before its body was complete', cause);
}
