const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A chunk size has at most this many hexadecimal digits, so that it is an exact number. */
const maxSizeDigits = 13;

/** Receives the data of a body. Returns false once enough has been read. */
export type AddData = (data: Buffer) => boolean;

/** What is read next. `extension` is the rest of the line of a size; `break` and `feed` are the line break of data. */
type Part = 'size' | 'extension' | 'data' | 'break' | 'feed' | 'trailers' | 'end';

/**
 * Decodes a chunked body (RFC 9112, 7.1), however its bytes are split. Ignores chunk extensions and trailers.
 * The caller limits the number of bytes.
 */
export class ChunkedBody {
  readonly #add: AddData;
  #part: Part = 'size';
  #size = 0;
  #digits = 0;
  /** Bytes in the current line of the trailers. */
  #lineLength = 0;

  constructor(add: AddData) {
    this.#add = add;
  }

  /** Whether the whole body was read, trailers included. */
  get isComplete(): boolean {
    return this.#part === 'end';
  }

  /**
   * Reads the bytes from `at` on. Returns the offset after the last byte that was used, or -1 if the chunks are
   * malformed or enough has been read.
   */
  read(bytes: Buffer, at: number): number {
    let next = at;
    while (next < bytes.length && this.#part !== 'end') {
      next = this.#part === 'data' ? this.#readData(bytes, next) : this.#readByte(bytes[next] ?? 0, next);
      if (next < 0) return -1;
    }
    return next;
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#size);
    if (!this.#add(bytes.subarray(at, end))) return -1;
    this.#size -= end - at;
    if (this.#size === 0) this.#part = 'break';
    return end;
  }

  #readByte(byte: number, at: number): number {
    switch (this.#part) {
      case 'size':
        if (!this.#readSize(byte)) return -1;
        break;
      case 'extension':
        if (byte === lineFeed) this.#endSizeLine();
        break;
      case 'break':
      case 'feed':
        if (byte === lineFeed) this.#part = 'size';
        else if (byte === carriageReturn && this.#part === 'break') this.#part = 'feed';
        else return -1;
        break;
      case 'trailers':
        if (byte === lineFeed) {
          if (this.#lineLength === 0) this.#part = 'end';
          this.#lineLength = 0;
        } else if (byte !== carriageReturn) this.#lineLength++;
        break;
      case 'data':
      case 'end':
        break; // read elsewhere, or not at all
    }
    return at + 1;
  }

  #readSize(byte: number): boolean {
    const digit = toHexDigit(byte);
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit;
      return ++this.#digits <= maxSizeDigits;
    }
    if (this.#digits === 0) return false;
    if (byte === lineFeed) this.#endSizeLine();
    // A semicolon starts the extensions. Some servers pad the size with spaces.
    else if (byte === 0x3b || byte === 0x20 || byte === 0x09 || byte === carriageReturn)
      this.#part = 'extension';
    else return false;
    return true;
  }

  #endSizeLine(): void {
    this.#part = this.#size === 0 ? 'trailers' : 'data';
    this.#digits = 0;
  }
}

/** Returns -1 for another character. */
function toHexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
