import type { OutgoingRequest, Sender } from '../../../src/domain/ports/sending.ts';
import type { SendResult } from '../../../src/domain/send-result.ts';

/** A fake receiver, as the sender sees it. */
interface Target {
  receive(request: OutgoingRequest): Promise<SendResult>;
  abort(): void;
}

/** Sends requests to the fake receivers of this process, by the origin of the URL. */
export class InProcessSender implements Sender {
  readonly #targets = new Map<string, Target>();
  readonly #unknown = new Set<string>();
  #sent = 0;
  #isClosed = false;

  /** Number of requests that were sent or answered. */
  get activity(): number {
    return this.#sent;
  }

  /** Origins to which requests were sent although no receiver has them. */
  get unknownOrigins(): readonly string[] {
    return [...this.#unknown];
  }

  add(origin: string, target: Target): void {
    if (this.#targets.has(origin))
      throw new TypeError(`there is a receiver with the origin ${origin} already`);
    this.#targets.set(origin, target);
  }

  async send(request: OutgoingRequest): Promise<SendResult> {
    this.#sent++;
    const target = this.#targets.get(request.origin);
    if (this.#isClosed || target === undefined) {
      this.#unknown.add(request.origin);
      const detail = `no fake receiver has the origin ${request.origin}`;
      return { kind: 'unanswered', reason: 'dns_failed', detail, durationMs: 0 };
    }
    try {
      return await target.receive(request);
    } finally {
      this.#sent++;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const target of this.#targets.values()) target.abort();
    return await Promise.resolve();
  }
}
