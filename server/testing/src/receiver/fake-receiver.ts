import type { AnyCatalog } from '@tocsin/shared';
import type { OutgoingRequest } from '../../../src/domain/ports/sending.ts';
import type { SendResult } from '../../../src/domain/send-result.ts';
import type { Duration } from '../time/duration.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import { answerFromResponse, toAnswered, toRespondStep, type Step } from './answer.ts';
import { describeRequests } from './describe-requests.ts';
import type { TestAnswer, TestHandler } from './test-answer.ts';
import type { ReceivedRequest, TestReceiver } from './test-receiver.ts';
import { CapturedRequest, type RequestSecrets } from './captured-request.ts';

export interface FakeReceiverDeps {
  readonly name: string;
  readonly url: string;
  readonly time: VirtualTime;
  readonly catalog: AnyCatalog | undefined;
  readonly findSecrets: (url: string, at: number) => Promise<RequestSecrets>;
  /** Counts a handler that runs in real time. Returns the function that ends it. */
  readonly beginWork: (what: string) => () => void;
  /** Why events did not reach the receiver, one line each, for failure messages. */
  readonly explainMissing: (type: string | undefined) => readonly string[];
}

/** The fake receiver of the kit, to which the in-process sender sends. */
export class FakeReceiver<E> implements TestReceiver<E> {
  readonly name: string;
  readonly url: string;
  readonly requests: CapturedRequest<E>[] = [];
  readonly #deps: FakeReceiverDeps;
  readonly #script: Step[] = [];
  #otherwise: Step;
  readonly #open = new Set<() => void>();

  constructor(deps: FakeReceiverDeps, handler?: TestHandler) {
    this.#deps = deps;
    this.name = deps.name;
    this.url = deps.url;
    this.#otherwise = handler === undefined ? toRespondStep(200) : { kind: 'handle', handler };
  }

  respond(...answers: readonly TestAnswer[]): this {
    this.#script.push(...answers.map((answer) => toRespondStep(answer)));
    return this;
  }

  hang(): this {
    this.#script.push({ kind: 'hang' });
    return this;
  }

  reset(): this {
    this.#script.push({ kind: 'reset' });
    return this;
  }

  slow(after: Duration, answer: TestAnswer = 200): this {
    this.#script.push(toRespondStep(answer, after));
    return this;
  }

  duplicate(): this {
    this.#script.push({ kind: 'duplicate' });
    return this;
  }

  otherwise(answer: TestAnswer | TestHandler): this {
    this.#otherwise =
      typeof answer === 'function' ? { kind: 'handle', handler: answer } : toRespondStep(answer);
    return this;
  }

  clear(): this {
    this.requests.length = 0;
    this.#script.length = 0;
    return this;
  }

  requestsOf<K extends Extract<keyof E, string>>(type: K): ReceivedRequest<Pick<E, K>>[] {
    // `as`: the events of these requests have this type.
    return this.requests.filter(({ event }) => event.type === type) as unknown as ReceivedRequest<
      Pick<E, K>
    >[];
  }

  log(): string {
    return describeRequests(this.requests);
  }

  explainMissing(type?: string): readonly string[] {
    return this.#deps.explainMissing(type);
  }

  /** Answers a request of the sender. */
  async receive(outgoing: OutgoingRequest): Promise<SendResult> {
    const first = this.#capture(outgoing, false);
    let step = this.#script.shift() ?? this.#otherwise;
    if (step.kind !== 'duplicate') return await this.#answer(step, first, outgoing.deadlineMs);
    step = this.#script.shift() ?? this.#otherwise;
    await this.#answer(step, first, outgoing.deadlineMs);
    const second = this.#capture(outgoing, true);
    return await this.#answer(this.#script.shift() ?? this.#otherwise, second, outgoing.deadlineMs);
  }

  /** Ends the requests that wait for virtual time. */
  abort(): void {
    for (const end of this.#open) end();
  }

  #capture({ origin, path, headers, body }: OutgoingRequest, isDuplicate: boolean): CapturedRequest<E> {
    const { time, catalog, findSecrets } = this.#deps;
    const url = `${origin}${path}`;
    const at = time.now();
    const request = new CapturedRequest<E>({
      url,
      body,
      at,
      catalog,
      isDuplicate,
      headers: { host: new URL(url).host, ...headers, 'content-length': String(Buffer.byteLength(body)) },
      findSecrets: () => findSecrets(url, at),
    });
    this.requests.push(request);
    return request;
  }

  async #answer(step: Step, request: CapturedRequest<E>, deadlineMs: number): Promise<SendResult> {
    const { time } = this.#deps;
    const startedAt = time.now();
    const timeout = async (): Promise<SendResult> => {
      await this.#wait(deadlineMs);
      request.answer = 'timeout';
      const detail = `no complete response within ${deadlineMs} ms`;
      return { kind: 'unanswered', reason: 'timeout', detail, durationMs: time.now() - startedAt };
    };
    switch (step.kind) {
      case 'duplicate':
      case 'hang':
        return await timeout();
      case 'reset':
        request.answer = 'reset';
        return { kind: 'unanswered', reason: 'connection_reset', detail: 'ECONNRESET', durationMs: 0 };
      case 'respond': {
        if (step.afterMs >= deadlineMs) return await timeout();
        if (step.afterMs > 0) await this.#wait(step.afterMs);
        const answered = toAnswered(step.answer, time.now() - startedAt);
        request.answer = answered.statusCode;
        return answered;
      }
      case 'handle': {
        const answered = toAnswered(await this.#handle(step.handler, request), 0);
        request.answer = answered.statusCode;
        return answered;
      }
    }
  }

  /** Runs a handler of the test. An error of it is a 500, as in a server. */
  async #handle(handler: TestHandler, request: CapturedRequest<E>): Promise<TestAnswer> {
    const end = this.#deps.beginWork(`the handler of receiver "${this.name}"`);
    try {
      return await answerFromResponse(await handler(request.toRequest()));
    } catch (error) {
      return { status: 500, body: error instanceof Error ? error.message : String(error) };
    } finally {
      end();
    }
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#open.delete(end);
        resolve();
      };
      const cancel = this.#deps.time.after(ms, end);
      this.#open.add(end);
    });
  }
}
