/** One message of a text/event-stream. */
export interface SseMessage {
  /** @default 'message' */
  readonly event: string;
  readonly data: string;
  /** The last id so far, of this message or an earlier one. Undefined if there was none. */
  readonly id: string | undefined;
}

/**
 * Incremental parser of a text/event-stream (WHATWG HTML, 9.2.6). Its cost is linear in the length of the stream,
 * however the stream is split. Ignores `retry`, because the client chooses its own delays.
 */
export class SseParser {
  readonly #maxChars: number;
  /** The begin of the present line. */
  #line = '';
  /** Whether the last piece ended in a CR, so that a LF at the begin of the next one is part of it. */
  #isAfterCr = false;
  #event = '';
  #data: string[] = [];
  #id: string | undefined;
  /** Size of the fields of the present message. */
  #chars = 0;

  /** @param maxChars maximum size of one message, so that a line without an end does not fill memory */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /**
   * Parses the next piece of text. Returns the messages that it completes.
   *
   * @param text decoded from UTF-8, without the byte order mark of the stream
   * @throws RangeError if a message exceeds the maximum size
   */
  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    if (text === '') return messages;
    let start = this.#isAfterCr && text.startsWith('\n') ? 1 : 0;
    this.#isAfterCr = text.endsWith('\r');
    for (const { 0: end, index } of text.matchAll(/\r\n|\n|\r/g)) {
      if (index < start) continue;
      const message = this.#parseLine(this.#line + text.slice(start, index));
      this.#line = '';
      if (message !== undefined) messages.push(message);
      start = index + end.length;
      this.#requireSize();
    }
    this.#line += text.slice(start);
    this.#requireSize();
    return messages;
  }

  #requireSize(): void {
    if (this.#chars + this.#line.length > this.#maxChars) {
      throw new RangeError(`a message of the event stream exceeds ${this.#maxChars} characters`);
    }
  }

  /** Returns the message that an empty line completes. */
  #parseLine(line: string): SseMessage | undefined {
    if (line === '') return this.#takeMessage();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    // A comment or an unknown field takes no memory.
    else return undefined;
    this.#chars += line.length;
    return undefined;
  }

  /** A message without a field `data` only sets the id. */
  #takeMessage(): SseMessage | undefined {
    const message =
      this.#data.length === 0
        ? undefined
        : { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    this.#event = '';
    this.#data = [];
    this.#chars = 0;
    return message;
  }
}
