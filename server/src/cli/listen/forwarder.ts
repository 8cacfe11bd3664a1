import { setTimeout as wait } from 'node:timers/promises';
import { classifyResponse } from '../../delivery/attempt/classify-response.ts';
import { HostResolver } from '../../delivery/dns/host-resolver.ts';
import { createHttpSender } from '../../delivery/http/http-sender.ts';
import type { RequestFactory } from '../../delivery/request/request-factory.ts';
import type { EventPresentation } from '../../domain/event.ts';
import type { Sender } from '../../domain/ports/sending.ts';
import type { ForwardedEvent } from './forwarded-event.ts';

/** The result of one attempt. */
export interface ForwardResult {
  readonly isAccepted: boolean;
  /** Null if there was no response. */
  readonly statusCode: number | null;
  /** Reason code of a failure, as deliveries have it. Null for a success. */
  readonly reason: string | null;
  readonly durationMs: number;
  /** The beginning of the body, without secrets. */
  readonly reply: string;
}

export interface ForwarderOptions {
  /** Time limit of one attempt. */
  readonly timeoutMs: number;
  /** Attempts after the first one. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Called after each attempt. `retryInMs` is undefined after the last one. */
  readonly onResult: (
    event: ForwardedEvent,
    result: ForwardResult,
    attempt: { readonly number: number; readonly retryInMs: number | undefined },
  ) => void;
}

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/** Sends events to the local receiver, one at a time, with the sender of the server. */
export class Forwarder {
  readonly #factory: RequestFactory;
  readonly #options: ForwarderOptions;
  readonly #sender: Sender;
  #accepted = 0;
  #failed = 0;

  constructor(factory: RequestFactory, options: ForwarderOptions) {
    this.#factory = factory;
    this.#options = options;
    this.#sender = createHttpSender({
      resolver: new HostResolver().resolve,
      // The receiver is on the developer's machine or in its network.
      allowPrivateTargets: true,
    });
  }

  /** Events with a final result. */
  get counts(): { readonly accepted: number; readonly failed: number } {
    return { accepted: this.#accepted, failed: this.#failed };
  }

  /** Sends an event, with retries. After an interruption, a request in flight still gets its result. */
  async forward(event: ForwardedEvent, presentation: EventPresentation | undefined): Promise<void> {
    const { retries, signal, onResult } = this.#options;
    for (let number = 1; ; number++) {
      const result = await this.#attempt(event, presentation);
      const isLast = result.isAccepted || number > retries || signal.aborted;
      const retryInMs = isLast ? undefined : Math.min(firstRetryMs * 2 ** (number - 1), maxRetryMs);
      onResult(event, result, { number, retryInMs });
      if (retryInMs === undefined) {
        if (result.isAccepted) this.#accepted++;
        else this.#failed++;
        return;
      }
      await wait(retryInMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) continue;
      this.#failed++;
      return;
    }
  }

  /** Waits for a request in flight, at most until its time limit. */
  async close(): Promise<void> {
    await this.#sender.close();
  }

  async #attempt(
    { id, appId, type, timestamp, data }: ForwardedEvent,
    presentation: EventPresentation | undefined,
  ): Promise<ForwardResult> {
    const at = Date.now();
    const event = {
      id,
      appId,
      accountId: 'local',
      type,
      timestamp,
      // The same text as a delivery has: the server serialized it from a parsed object, too.
      dataText: JSON.stringify(data),
      idempotencyKey: undefined,
      acceptedAt: at,
      targets: [],
      traceparent: undefined,
      presentation,
    };
    const sent = await this.#sender.send(this.#factory.createRequest(event, at, this.#options.timeoutMs));
    const outcome = classifyResponse(this.#factory.format, sent, Date.now());
    const result = this.#factory.redact(sent, at);
    return {
      isAccepted: outcome.kind === 'success',
      statusCode: sent.statusCode ?? null,
      reason: outcome.kind === 'success' ? null : outcome.reason,
      durationMs: Math.round(sent.durationMs),
      reply: result.kind === 'answered' ? result.reply : '',
    };
  }
}
