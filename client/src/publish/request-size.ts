/** A little less than the server's limit of 512 KiB, for the JSON around the events. */
const maxRequestBytes = 500_000;

/** Below it, a request is not rejected for its size, so nothing is learned from it. */
const minLearnedBytes = 4_096;

/** How long a limit is remembered, because the server or a proxy may get another one. */
const memoryMs = 600_000;

/**
 * The largest request that the server accepts, in bytes of all its events. After a 413 it is halved. Then it
 * approaches the limit of the server from below, by halving the distance between the largest request that was
 * accepted and the smallest one that was not.
 */
export class RequestSize {
  #limit = maxRequestBytes;
  #accepted = 0;
  #rejected = Infinity;
  #rejectedAt = 0;

  /** Returns the most bytes of the next request. */
  limit(nowMs: number): number {
    if (this.#limit < maxRequestBytes && nowMs - this.#rejectedAt > memoryMs) {
      this.#limit = maxRequestBytes;
      this.#accepted = 0;
      this.#rejected = Infinity;
    }
    return this.#limit;
  }

  /** Learns from a request that was rejected with 413. */
  recordTooLarge(bytes: number, nowMs: number): void {
    // A single event may be larger than the limit.
    if (bytes < minLearnedBytes || bytes > this.#limit) return;
    this.#rejected = Math.min(this.#rejected, bytes);
    this.#rejectedAt = nowMs;
    if (this.#accepted >= bytes) this.#accepted = 0;
    this.#limit = Math.max(minLearnedBytes, this.#accepted, Math.floor(this.#rejected / 2));
  }

  /** Learns from a request that was accepted. */
  recordAccepted(bytes: number): void {
    if (bytes <= this.#accepted) return;
    this.#accepted = bytes;
    // A request that does not fill the limit says nothing about it. Near the limit of the server, another 413
    // would cost more than larger requests gain.
    if (bytes < this.#limit * 0.75 || this.#rejected - this.#limit < this.#rejected / 8) return;
    this.#limit = Math.min(maxRequestBytes, Math.floor((this.#limit + this.#rejected) / 2));
  }
}

/** Returns the length of a text in UTF-8. `JSON.stringify` escapes lone surrogates, so it contains none. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair has two of the four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
