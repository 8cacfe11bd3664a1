import { maxHeaderBytesKept, maxHeadersKept, type HeaderLine } from '../../domain/delivery.ts';

/** Values by lower-case name. */
export type KeptHeaders = Readonly<Record<string, string | undefined>>;

const noHeaders: KeptHeaders = Object.freeze({});

/** The status has three digits. What follows it does not matter, and a reason phrase is optional. */
const statusLine = /^HTTP\/(\d)\.(\d)[ \t]+([1-9]\d\d)(?:[ \t]|$)/;

const validName = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** Characters that no line may contain: NUL, and CR without LF. */
const strayCharacter = /[\0\r]/;

/** The shortest name of a header that is needed: `connection`. */
const minNameLength = 10;

const space = 0x20;
const tab = 0x09;

/**
 * The status line and the headers of one response, line by line. Keeps the headers that are needed and skips
 * the others. A header that is not valid never hides the status; it makes `isDoubtful` true.
 */
export class ResponseHead {
  /** 0 until the status line is known. */
  statusCode = 0;
  /** Whether a part is not valid HTTP, so that the end of the response is uncertain. */
  isDoubtful = false;
  /** Whether the version is HTTP/1.1 or a later one. */
  isPersistentVersion = false;
  transferEncoding: string | undefined;
  contentLength: string | undefined;
  connection: string | undefined;
  keepAlive: string | undefined;
  #kept: Record<string, string | undefined> | undefined;
  /** The headers of a response that is not a success, for its receiver's owner. Undefined: not recorded. */
  #recorded: HeaderLine[] | undefined;
  #recordedBytes = 0;
  /** The last header: the next line may continue its value. The name is empty for a header to skip. */
  #name = '';
  #value = '';

  /** The headers that callers see: the content type and those about rate limits. */
  get headers(): KeptHeaders {
    return this.#kept ?? noHeaders;
  }

  /** Returns false if the line is not a status line. */
  readStatusLine(line: string): boolean {
    const match = statusLine.exec(line);
    if (match === null) return false;
    this.statusCode = Number(match[3]);
    if (this.statusCode >= 300) this.#recorded = [];
    this.isPersistentVersion = match[1] !== '0' && !(match[1] === '1' && match[2] === '0');
    return true;
  }

  /** Reads a line without its line break. The empty line at the end of the head is read too. */
  readHeaderLine(line: string): void {
    const first = line.charCodeAt(0);
    if (first === space || first === tab) {
      this.#continue(line);
      return;
    }
    if (this.#name !== '') this.#keep();
    this.#name = '';
    if (line === '') return;
    if (strayCharacter.test(line)) this.isDoubtful = true;
    const colon = line.indexOf(':');
    // A space before the colon hides a header from some parsers.
    if (colon < 1 || !validName.test(line.slice(0, colon))) this.isDoubtful = true;
    if (this.#recorded !== undefined) this.#record(line, colon);
    if (colon < minNameLength) return;
    this.#name = line.slice(0, colon).trimEnd().toLowerCase();
    this.#value = line.slice(colon + 1).trim();
  }

  /** All headers of a response other than 2xx, up to a limit. A folded line is left out. */
  get recorded(): readonly HeaderLine[] | undefined {
    return this.#recorded;
  }

  #record(line: string, colon: number): void {
    if (colon < 1 || this.#recorded === undefined || this.#recorded.length >= maxHeadersKept) return;
    const room = maxHeaderBytesKept - this.#recordedBytes;
    if (room < colon) return;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    const value = line
      .slice(colon + 1)
      .trim()
      .slice(0, room - colon);
    this.#recordedBytes += name.length + value.length;
    this.#recorded.push([name, value]);
  }

  /** A folded line (obs-fold) continues the value before it, as if it were one space (RFC 9112, 5.2). */
  #continue(line: string): void {
    if (strayCharacter.test(line)) this.isDoubtful = true;
    if (this.#name !== '') this.#value = `${this.#value} ${line.trim()}`.trim();
  }

  #keep(): void {
    const name = this.#name;
    const value = this.#value;
    switch (name) {
      case 'content-length':
        this.contentLength = append(this.contentLength, value);
        return;
      case 'transfer-encoding':
        this.transferEncoding = append(this.transferEncoding, value);
        return;
      case 'connection':
        this.connection = append(this.connection, value);
        return;
      case 'keep-alive':
        this.keepAlive = append(this.keepAlive, value);
        return;
      default:
        if (name !== 'content-type' && name !== 'retry-after' && !name.startsWith('x-ratelimit-')) return;
        this.#kept ??= {};
        this.#kept[name] = append(this.#kept[name], value);
    }
  }
}

/** A header that is repeated has all of its values, as a list (RFC 9110, 5.3). */
function append(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
