import { StringDecoder } from 'node:string_decoder';
import { maxReplyBytesKept } from '../../domain/delivery.ts';

/** Most of a body that is read. A receiver's answer is an acknowledgement; what is longer is cut, not refused. */
export const maxBodyBytesRead = 16 * 1024;

/** Collects the start of a response body. LeaseKeeper a few KiB however long the body is. */
export class Reply {
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #readBytes = 0;

  /** False when enough was read. */
  add(chunk: Buffer): boolean {
    this.#readBytes += chunk.length;
    const room = maxReplyBytesKept - this.#keptBytes;
    if (room > 0) {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      this.#kept.push(part);
      this.#keptBytes += part.length;
    }
    return this.#readBytes <= maxBodyBytesRead;
  }

  /** The first 2 KiB as text; what is not UTF-8 becomes U+FFFD, and a character that the cut went through is left out. */
  text(): string {
    const [first] = this.#kept;
    if (first === undefined) return '';
    const bytes = this.#kept.length === 1 ? first : Buffer.concat(this.#kept, this.#keptBytes);
    const isCut = this.#readBytes > this.#keptBytes;
    return isCut ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8');
  }
}
