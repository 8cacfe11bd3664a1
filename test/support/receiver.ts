import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as sent: for what the wire contract fixes to the letter. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** `body` as text; a signature covers the bytes, so compare those. */
  readonly text: string;
  /** Time of its last byte, epoch ms. */
  readonly at: number;
}

/** A status, a complete response, or what happens to the connection instead. */
export type Answer =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'reset';

/** `index` counts all requests from 0. A promise delays the response until the test resolves it. */
export type Answering = (request: ReceivedRequest, index: number) => Answer | Promise<Answer>;

export interface ReceiverOptions {
  /** @default 200 to everything */
  readonly answer?: Answer | Answering;
}

export interface WaitOptions {
  /** Counts only matching requests. */
  readonly where?: (request: ReceivedRequest) => boolean;
  /** @default 20000 */
  readonly timeoutMs?: number;
}

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

/** A real HTTP server on loopback: the endpoint of a webhook. */
export class Receiver implements AsyncDisposable {
  /** In order of arrival. */
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiters = new Set<Waiter>();
  #answer: Answering;

  private constructor(server: Server, answer: Answering) {
    this.#server = server;
    this.#answer = answer;
  }

  static async start(options: ReceiverOptions = {}): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server, answering(options.answer ?? 200));
    server.on('connection', (socket) => {
      receiver.#sockets.add(socket);
      socket.once('close', () => receiver.#sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const received: ReceivedRequest = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body,
          text: body.toString('utf8'),
          at: Date.now(),
        };
        void receiver.#take(received, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The URL for a webhook. */
  get url(): string {
    return `${this.origin}/hook`;
  }

  /** Sets the response to all later requests. Requests in flight keep the earlier one. */
  answerWith(answer: Answer | Answering): void {
    this.#answer = answering(answer);
  }

  /** Resolves with the first `count` requests as soon as they have arrived. */
  async waitFor(count: number, options: WaitOptions = {}): Promise<ReceivedRequest[]> {
    const { where = () => true, timeoutMs = 20_000 } = options;
    const matching = () => this.requests.filter(where);
    await this.#until(
      () => matching().length >= count,
      timeoutMs,
      () => `${matching().length} of ${count} requests arrived within ${timeoutMs} ms`,
    );
    return matching().slice(0, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: ReceivedRequest, response: ServerResponse): Promise<void> {
    const index = this.requests.push(request) - 1;
    for (const waiter of this.#waiters) if (waiter.isMet()) waiter.resolve();
    const answer = await this.#answer(request, index);
    if (answer === 'hang') return;
    if (answer === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    const { status, headers = {}, body = '' } = typeof answer === 'number' ? { status: answer } : answer;
    response.writeHead(status, headers).end(body);
  }

  async #until(isMet: () => boolean, timeoutMs: number, complaint: () => string): Promise<void> {
    if (isMet()) return;
    const { promise, resolve, reject } = withResolvers();
    const waiter: Waiter = { isMet, resolve };
    const timer = setTimeout(() => reject(new Error(complaint())), timeoutMs);
    this.#waiters.add(waiter);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }
}

function answering(answer: Answer | Answering): Answering {
  return typeof answer === 'function' ? answer : () => answer;
}

/** Promise.withResolvers is newer than Node 20. */
function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
