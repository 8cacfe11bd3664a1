/** One event of a text/event-stream. */
export interface SseMessage {
  /** `message` unless named. */
  readonly event: string;
  readonly data: string;
  /** Undefined when the event names none. */
  readonly id: string | undefined;
}

/** Reads a text/event-stream (WHATWG HTML, 9.2.6) piece by piece. */
export class SseParser {
  readonly #maxChars: number;
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id: string | undefined;
  #chars = 0;

  /** `maxChars` bounds one event: a stream that never ends its line must not fill the memory. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Takes the next piece of text; answers the events that it completes. */
  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.#field(line);
      else if (this.#hasContent()) messages.push(this.#finish());
    }
    if (this.#chars + this.#rest.length > this.#maxChars) {
      throw new RangeError(`an event of the stream is over ${this.#maxChars} characters`);
    }
    return messages;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    this.#chars += line.length;
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.#id = value;
    // Anything else is a comment, or `retry`, which is the server's advice on what we decide ourselves.
  }

  #hasContent(): boolean {
    return this.#event !== '' || this.#data.length > 0 || this.#id !== undefined;
  }

  #finish(): SseMessage {
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
