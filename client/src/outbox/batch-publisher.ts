import { toCallError, type TocsinClientError } from '../errors.ts';
import { toFailureKind } from '../publish/failure-kind.ts';
import { publishInOrder, publishJson, type JsonPublisher } from '../publish/publish-json.ts';
import { byteLength, RequestSize } from '../publish/request-size.ts';
import type { PublishOutcome } from '../publish/types.ts';
import type { OutboxEvent } from './outbox-store.ts';

/** As many as the server accepts. */
const maxEvents = 500;

/** How long events are published one at a time after a server did not know ordered calls, ms. */
const unsupportedMs = 600_000;

/**
 * Publishes events of one app in their order, many in one request.
 *
 * A request that is too large, or that fails because of one of its events, is repeated with the first half of its
 * events, until an event is alone and has the error for itself. Single events share requests with those of other
 * apps. So does every event while the server is of a version without ordered calls.
 */
export class BatchPublisher {
  readonly #client: JsonPublisher;
  readonly #size = new RequestSize();
  #unsupportedUntil = 0;

  constructor(client: JsonPublisher) {
    this.#client = client;
  }

  /**
   * Publishes the first of the events, at least one. Returns their outcomes. If a whole request fails, the only
   * outcome is that error.
   */
  async publish(
    events: readonly [OutboxEvent, ...OutboxEvent[]],
    signal: AbortSignal,
  ): Promise<readonly PublishOutcome[]> {
    for (let count = this.#countFitting(events); count > 1; count = Math.ceil(count / 2)) {
      if (performance.now() < this.#unsupportedUntil) break;
      const texts = events.slice(0, count).map(({ text }) => text);
      const bytes = texts.reduce((sum, text) => sum + byteLength(text), 0);
      try {
        const outcomes = await this.#client[publishInOrder](texts, { signal });
        this.#size.recordAccepted(bytes);
        return outcomes;
      } catch (cause) {
        const error = toCallError(cause);
        const kind = toFailureKind(error);
        if (isOrderedUnknown(error)) this.#unsupportedUntil = performance.now() + unsupportedMs;
        else if (kind === 'too large') this.#size.recordTooLarge(bytes, Date.now());
        else if (kind !== 'of an event') return [{ ok: false, error }];
      }
    }
    const [{ text, appId }] = events;
    return [await this.#client[publishJson](text, { signal, appId })];
  }

  #countFitting(events: readonly OutboxEvent[]): number {
    const limit = this.#size.limit(Date.now());
    let bytes = 0;
    let count = 0;
    for (const { text } of events) {
      bytes += byteLength(text);
      if (count === maxEvents || bytes > limit) break;
      count++;
    }
    return count;
  }
}

/** Whether the server is of a version that rejects the field `ordered`. */
function isOrderedUnknown({ code, problems }: TocsinClientError): boolean {
  return code === 'INVALID_INPUT' && problems.some(({ path }) => path === 'ordered');
}
