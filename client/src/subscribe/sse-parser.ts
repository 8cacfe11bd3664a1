/** One message of a text/event-stream. */
export interface SseMessage {
  /** @default 'message' */
  readonly event: string;
  readonly data: string;
  /** Undefined if the message has no id. */
  readonly id: string | undefined;
}

/** Incremental parser of a text/event-stream (WHATWG HTML, 9.2.6). */
export class SseParser {
  readonly #maxChars: number;
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id: string | undefined;
  #chars = 0;

  /** @param maxChars maximum size of one message, so that a line without an end does not fill memory */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /**
   * Parses the next piece of text. Returns the messages that it completes.
   *
   * @throws RangeError if a message exceeds the maximum size
   */
  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.#parseField(line);
      else if (this.#hasContent()) messages.push(this.#takeMessage());
    }
    if (this.#chars + this.#rest.length > this.#maxChars) {
      throw new RangeError(`a message of the event stream exceeds ${this.#maxChars} characters`);
    }
    return messages;
  }

  #parseField(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    this.#chars += line.length;
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.#id = value;
    // Ignores comments and `retry`: the client chooses its own delays.
  }

  #hasContent(): boolean {
    return this.#event !== '' || this.#data.length > 0 || this.#id !== undefined;
  }

  #takeMessage(): SseMessage {
    const message = {
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.join('\n'),
      id: this.#id,
    };
    this.#event = '';
    this.#data = [];
    this.#id = undefined;
    this.#chars = 0;
    return message;
  }
}
