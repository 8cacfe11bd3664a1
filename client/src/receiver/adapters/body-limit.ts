import { WebhookVerificationError } from '../verification-error.ts';

const defaultMaxBodyBytes = 1_048_576;

/** Returns the limit of a body, in bytes. */
export function getMaxBodyBytes({ maxBodyBytes }: { readonly maxBodyBytes?: number | undefined }): number {
  return maxBodyBytes ?? defaultMaxBodyBytes;
}

/** Returns a body that is already in memory, or the error if it exceeds the limit. */
export function limitBody<T extends string | Uint8Array>(
  body: T,
  limit: number,
): T | WebhookVerificationError {
  // A character of a text takes at least one byte, so a long text is not encoded to be measured.
  const isTooLarge =
    body.length > limit || (typeof body === 'string' && new TextEncoder().encode(body).length > limit);
  return isTooLarge ? tooLarge(limit) : body;
}

export function tooLarge(limit: number): WebhookVerificationError {
  return new WebhookVerificationError('BODY_TOO_LARGE', `the body exceeds ${limit} bytes`);
}

/** Collects the chunks of a body up to a limit. */
export class BodyCollector {
  readonly #limit: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  /** @param limit maximum size, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a chunk. Returns false, and drops all chunks, if the body exceeds the limit. */
  add(chunk: Uint8Array): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.#chunks.length = 0;
      return false;
    }
    this.#chunks.push(chunk);
    return true;
  }

  /** Returns the chunks as one. */
  concat(): Uint8Array {
    const bytes = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }
}
