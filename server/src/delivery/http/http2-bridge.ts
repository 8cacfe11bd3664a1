import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { DialError } from './failure.ts';

/** Headers of a connection, which HTTP/2 has no place for (RFC 9113, 8.2.2). */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

/** Room for the headers of a response. Node.js resets the stream of a receiver that sends more. */
const maxHeaderPairs = 256;

/**
 * A connection to a receiver that speaks HTTP/2 only. Above it, everything is HTTP/1.1: it takes the bytes of one
 * request in one write and returns those of its response, so that limits, deadlines and the reading of responses are
 * the same for both versions.
 *
 *   idle     --write: a whole request--> waiting
 *   waiting  --head of the final response--> reading --end of its body--> idle
 *   idle     --the receiver ends the session--> closed
 *   waiting, reading --the stream or the session fails--> closed, with the error
 *   reading  --end of its body, after the receiver announced the end of the session--> closed
 */
export class Http2Bridge extends Duplex {
  readonly #session: ClientHttp2Session;
  #stream: ClientHttp2Stream | undefined;
  /** Whether the receiver accepts no more requests on this connection. */
  #isEnding = false;

  constructor(socket: TLSSocket, origin: string) {
    super();
    const session = connect(origin, {
      createConnection: () => socket,
      maxHeaderListPairs: maxHeaderPairs,
      settings: { enablePush: false },
    });
    session.on('error', (error: Error) => this.destroy(error));
    session.on('close', () => this.destroy());
    session.on('goaway', () => {
      this.#isEnding = true;
      if (this.#stream === undefined) this.destroy();
    });
    this.#session = session;
  }

  override _write(request: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const headEnd = request.indexOf('\r\n\r\n');
    const stream = this.#session.request(toHttp2Headers(request.toString('latin1', 0, headEnd)));
    this.#stream = stream;
    stream.once('response', (headers) => this.#read(stream, headers));
    stream.on('error', (error: Error) => this.destroy(error));
    stream.on('close', () => {
      if (stream !== this.#stream) return;
      this.destroy(new DialError('connection_reset', 'the receiver reset the HTTP/2 stream'));
    });
    stream.end(request.subarray(headEnd + 4));
    done();
  }

  override _read(): void {
    this.#stream?.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#stream = undefined;
    this.#session.destroy();
    done(error);
  }

  #read(stream: ClientHttp2Stream, headers: IncomingHttpHeaders): void {
    const status = Number(headers[':status']);
    const isChunked = headers['content-length'] === undefined && status !== 204 && status !== 304;
    this.push(toHead(status, headers, isChunked));
    stream.on('data', (bytes: Buffer) => {
      const hasRoom = this.push(isChunked ? toChunk(bytes) : bytes);
      if (!hasRoom) stream.pause();
    });
    stream.on('end', () => {
      if (stream !== this.#stream) return;
      this.#stream = undefined;
      if (isChunked) this.push('0\r\n\r\n');
      // After the bytes above, which the reader may not have taken yet.
      if (this.#isEnding) this.push(null);
    });
  }
}

function toHttp2Headers(head: string): OutgoingHttpHeaders {
  const [requestLine = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const headers: Record<string, string> = { ':method': method, ':path': path, ':scheme': 'https' };
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 2);
    if (name === 'host') headers[':authority'] = value;
    if (!connectionHeaders.has(name)) headers[name] = value;
  }
  return headers;
}

function toHead(status: number, headers: IncomingHttpHeaders, isChunked: boolean): Buffer {
  let head = `HTTP/1.1 ${status} \r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || connectionHeaders.has(name)) continue;
    for (const line of [value].flat()) head += `${name}: ${line ?? ''}\r\n`;
  }
  if (isChunked) head += 'transfer-encoding: chunked\r\n';
  return Buffer.from(`${head}\r\n`, 'latin1');
}

function toChunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
