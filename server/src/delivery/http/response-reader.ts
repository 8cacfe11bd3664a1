import type { HeaderLine } from '../../domain/delivery.ts';
import { isPersistent, parseKeepAliveSeconds, toBodyFraming } from './body-framing.ts';
import { ChunkedBody } from './chunked-body.ts';
import { maxBodyBytesRead, Reply } from './reply.ts';
import { ResponseHead, type KeptHeaders } from './response-head.ts';

/**
 * The most bytes that status and headers may take, informational responses included. Node's own server has
 * the same limit.
 */
const maxHeadBytes = 16 * 1024;

/**
 * The most bytes that one response may take on the wire: the head, the body, and the size of the body again
 * for chunk extensions and trailers. These have no limit of their own, and could keep us reading until the
 * deadline.
 */
const maxWireBytes = maxHeadBytes + 2 * maxBodyBytesRead;

/** Enough for every legitimate 100, 102 and 103. A flood of them would keep a connection busy. */
const maxInformational = 8;

const switchingProtocols = 101;

const startOfHttp = 'HTTP/';

/**
 * Where the reading of a response is:
 *
 *   head --not HTTP, or over a limit--> broken
 *     |  --101--> upgraded
 *     |  --1xx--> head
 *     | the empty line after the headers of a final status: from here on the status decides
 *     v
 *   body --the framing says that it ends--> complete
 *        --more of it than is needed--> enough
 *        --malformed, or cut off--> cut
 */
type State = 'head' | 'broken' | 'upgraded' | 'body' | 'complete' | 'enough' | 'cut';

/**
 * Reads one response from the bytes of a connection, however they are split. Never throws, uses a bounded
 * amount of memory, and knows no socket.
 */
export class ResponseReader {
  #state: State = 'head';
  /** Why the response is broken or cut. For logs. */
  #problem: string | undefined;
  #head = new ResponseHead();
  #isStatusLine = true;
  /** The start of a line of the head whose rest has not arrived; one byte per character. */
  #partOfLine = '';
  #headBytes = 0;
  #informational = 0;
  #wireBytes = 0;
  /** Bytes of the body that are still to come. Undefined unless the head says its length. */
  #remaining: number | undefined;
  #chunks: ChunkedBody | undefined;
  #isPersistent = false;
  #reply: Reply | undefined;

  /** The status, 101 or a final one, as soon as its line has arrived. 0 before that. */
  get statusCode(): number {
    const { statusCode } = this.#head;
    return statusCode >= 200 || statusCode === switchingProtocols ? statusCode : 0;
  }

  /** Whether the head of a final response is complete, so that its status decides. */
  get hasHead(): boolean {
    return this.#state === 'body' || this.isAnswered;
  }

  /** Whether no more bytes are needed. */
  get isFinished(): boolean {
    return this.#state !== 'head' && this.#state !== 'body';
  }

  /** Whether the response is finished, and has a status that decides. */
  get isAnswered(): boolean {
    return this.#state === 'complete' || this.#state === 'enough' || this.#state === 'cut';
  }

  /** Whether the server tried to switch the protocol. */
  get isUpgraded(): boolean {
    return this.#state === 'upgraded';
  }

  /** Whether another request may follow on the same connection. */
  get isReusable(): boolean {
    return this.#state === 'complete' && this.#isPersistent;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get headers(): KeptHeaders {
    return this.#head.headers;
  }

  /** All headers of a response other than 2xx, up to a limit. */
  get allHeaders(): readonly HeaderLine[] | undefined {
    return this.#head.recorded;
  }

  /** How long the server keeps the idle connection, if it says so. */
  get keepAliveSeconds(): number | undefined {
    return parseKeepAliveSeconds(this.#head.keepAlive);
  }

  /** The start of the body that was read. */
  get reply(): string {
    return this.#reply === undefined ? '' : this.#reply.toText();
  }

  /** Reads the next bytes of the connection. */
  read(received: Buffer): void {
    if (this.isFinished) return;
    const left = maxWireBytes - this.#wireBytes;
    this.#wireBytes += received.length;
    const isOverLimit = received.length > left;
    const bytes = isOverLimit ? received.subarray(0, left) : received;
    const next = this.#state === 'head' ? this.#readHead(bytes) : 0;
    const end = this.#state === 'body' ? this.#readBody(bytes, next) : next;
    if (this.#state === 'body' && isOverLimit) this.#end('cut', 'too many bytes outside the body');
    // What follows the response is no response to a request.
    if (end < received.length) this.#isPersistent = false;
  }

  /** The connection has ended. `why` is set unless the server closed it in order. */
  endOfStream(why?: string): void {
    if (this.isFinished) return;
    if (this.#state === 'head') {
      this.#end(
        'broken',
        why ?? `closed ${this.#wireBytes === 0 ? 'before the response' : 'during the head'}`,
      );
    } else if (this.#remaining === undefined && this.#chunks === undefined && why === undefined) {
      this.#end('complete');
    } else this.#end('cut', why ?? 'closed during the body');
  }

  /** Returns the offset after the head, or the number of bytes if the head continues. */
  #readHead(bytes: Buffer): number {
    const limit = Math.min(bytes.length, maxHeadBytes - this.#headBytes);
    // As text, because searching and cutting it is several times faster than a buffer.
    const text = bytes.toString('latin1', 0, limit);
    let at = 0;
    while (this.#state === 'head') {
      const lineEnd = text.indexOf('\n', at);
      if (lineEnd < 0) break;
      this.#readLine(this.#takeLine(text, at, lineEnd));
      at = lineEnd + 1;
    }
    this.#headBytes += this.#state === 'head' ? limit : at;
    if (this.#state !== 'head') return at;
    if (at < limit) this.#partOfLine += text.slice(at);
    if (this.#headBytes >= maxHeadBytes) this.#end('broken', 'too many headers');
    else if (this.#isStatusLine && !isStartOfHttp(this.#partOfLine)) {
      this.#end('broken', 'not HTTP');
    }
    return limit;
  }

  /** Completes a line: without its CRLF, or the LF alone that some servers send. */
  #takeLine(text: string, start: number, lineEnd: number): string {
    const isWhole = this.#partOfLine === '';
    const line = isWhole ? text.slice(start, lineEnd) : this.#partOfLine + text.slice(start, lineEnd);
    this.#partOfLine = '';
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  #readLine(line: string): void {
    if (this.#isStatusLine) {
      // Some servers send an empty line after the body before.
      if (line === '') return;
      this.#isStatusLine = false;
      if (!this.#head.readStatusLine(line)) this.#end('broken', 'not HTTP');
      return;
    }
    this.#head.readHeaderLine(line);
    if (line === '') this.#endHead();
  }

  #endHead(): void {
    const { statusCode } = this.#head;
    if (statusCode === switchingProtocols) return this.#end('upgraded', 'unexpected upgrade');
    if (statusCode >= 200) return this.#startBody();
    this.#head = new ResponseHead();
    this.#isStatusLine = true;
    if (++this.#informational > maxInformational) this.#end('broken', 'too many informational responses');
  }

  #startBody(): void {
    this.#state = 'body';
    this.#isPersistent = isPersistent(this.#head);
    const framing = toBodyFraming(this.#head);
    switch (framing.kind) {
      case 'none':
        return this.#end('complete');
      case 'unknown':
        return this.#end('cut', 'contradicting lengths');
      case 'length':
        this.#remaining = framing.length;
        return;
      case 'chunked':
        this.#chunks = new ChunkedBody((data) => this.#add(data));
        return;
      case 'close':
        this.#isPersistent = false;
    }
  }

  /** Returns the offset after the last byte that was used. */
  #readBody(bytes: Buffer, at: number): number {
    if (this.#chunks !== undefined) return this.#readChunks(this.#chunks, bytes, at);
    const end = Math.min(bytes.length, at + (this.#remaining ?? Infinity));
    if (end > at && !this.#add(bytes.subarray(at, end))) this.#end('enough');
    if (this.#remaining === undefined) return end;
    this.#remaining -= end - at;
    if (this.#remaining === 0 && this.#state === 'body') this.#end('complete');
    return end;
  }

  #readChunks(chunks: ChunkedBody, bytes: Buffer, at: number): number {
    const end = chunks.read(bytes, at);
    if (chunks.isComplete) this.#end('complete');
    else if (end < 0) {
      if (this.#reply?.isEnough === true) this.#end('enough');
      else this.#end('cut', 'malformed chunks');
    }
    return end;
  }

  #add(data: Buffer): boolean {
    this.#reply ??= new Reply();
    return this.#reply.add(data);
  }

  #end(state: State, problem?: string): void {
    this.#state = state;
    this.#problem = problem;
    this.#partOfLine = '';
  }
}

/** Whether a status line can start with this text. Reports other protocols without waiting for a line break. */
function isStartOfHttp(text: string): boolean {
  const length = Math.min(text.length, startOfHttp.length);
  return text === '\r' || text.slice(0, length) === startOfHttp.slice(0, length);
}
