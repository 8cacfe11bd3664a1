import { hash } from 'node:crypto';

/** Bytes of a block of SHA-256. */
const blockSize = 64;
const digestSize = 32;

/**
 * A key of HMAC-SHA256 (RFC 2104), which is a hash of a hash:
 *
 *   SHA-256( key xor opad | SHA-256( key xor ipad | text ) )
 *
 * Both padded keys are computed once. `createHmac` makes an object with native state for each signature. Beside the
 * other work of a delivery, that costs several times as much as two calls of `hash`.
 */
export class HmacKey {
  /** The key xor ipad. */
  readonly #inner = Buffer.alloc(blockSize, 0x36);
  /** The key xor opad, and room for the inner digest. */
  readonly #outer = Buffer.alloc(blockSize + digestSize, 0x5c);

  constructor(key: Uint8Array) {
    // A key that is longer than a block is replaced by its hash.
    const bytes = key.length > blockSize ? hash('sha256', key, 'buffer') : key;
    for (const [index, byte] of bytes.entries()) {
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
  }

  /** Returns the HMAC of the UTF-8 of a text. */
  sign(text: string, encoding: 'hex' | 'base64'): string {
    const message = Buffer.allocUnsafe(blockSize + Buffer.byteLength(text));
    message.set(this.#inner);
    message.write(text, blockSize);
    // As text with a character per byte, which needs no buffer.
    this.#outer.write(hash('sha256', message, 'binary'), blockSize, 'latin1');
    return hash('sha256', this.#outer, encoding);
  }
}
