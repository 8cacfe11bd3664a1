import { StringDecoder } from 'node:string_decoder';
import { maxReplyBytesKept } from '../../domain/delivery.ts';

/** The most of a response body that is read. A longer body is cut, and the response is still valid. */
export const maxBodyBytesRead = 16 * 1024;

/** Collects the start of a response body. Uses a few KiB of memory, however long the body is. */
export class Reply {
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #readBytes = 0;

  /** Returns false once enough has been read. */
  add(chunk: Buffer): boolean {
    this.#readBytes += chunk.length;
    const room = maxReplyBytesKept - this.#keptBytes;
    if (room > 0) {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      this.#kept.push(part);
      this.#keptBytes += part.length;
    }
    return !this.isEnough;
  }

  /** Whether more has been read than is needed. */
  get isEnough(): boolean {
    return this.#readBytes > maxBodyBytesRead;
  }

  /** The first 2 KiB as text. Invalid UTF-8 becomes U+FFFD; a character that the cut divides is dropped. */
  toText(): string {
    const [first] = this.#kept;
    if (first === undefined) return '';
    const bytes = this.#kept.length === 1 ? first : Buffer.concat(this.#kept, this.#keptBytes);
    const isCut = this.#readBytes > this.#keptBytes;
    return isCut ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8');
  }
}
