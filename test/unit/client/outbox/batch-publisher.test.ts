import { describe, expect, it, vi } from 'vitest';
import {
  TocsinClientError,
  type ClientErrorCode,
  type ClientErrorDetails,
} from '../../../../client/src/errors.ts';
import { BatchPublisher } from '../../../../client/src/outbox/batch-publisher.ts';
import type { OutboxEvent } from '../../../../client/src/outbox/outbox-store.ts';
import { publishInOrder, publishJson } from '../../../../client/src/publish/publish-json.ts';
import type { PublishOutcome } from '../../../../client/src/publish/types.ts';

type Events = readonly [OutboxEvent, ...OutboxEvent[]];

const { signal } = new AbortController();
const ok: PublishOutcome = { ok: true, id: 'evt_1', deliveries: 0 };

function errorOf(code: ClientErrorCode, details: Partial<ClientErrorDetails> = {}): TocsinClientError {
  return new TocsinClientError(code, 'no', { retryable: false, ...details });
}

function toEvents(count: number, text = '{}'): Events {
  const events = Array.from({ length: count }, (_, number) => ({
    id: `obx_${number}`,
    appId: 'app_1',
    type: 't',
    text,
  }));
  // `as`: the tests ask for at least one.
  return events as unknown as Events;
}

/** A client that answers ordered requests by their number of events, and records its calls. */
function createScene(answer: (count: number) => TocsinClientError | undefined) {
  const calls: string[] = [];
  const publisher = new BatchPublisher({
    [publishInOrder]: async (texts) => {
      calls.push(`ordered ${texts.length}`);
      const error = answer(texts.length);
      if (error !== undefined) throw error;
      return await Promise.resolve(texts.map(() => ok));
    },
    [publishJson]: async (_text, options) => {
      calls.push(`single of ${options?.appId}`);
      return await Promise.resolve(ok);
    },
  });
  return { calls, publish: (events: Events) => publisher.publish(events, signal) };
}

describe('the publisher of batches', () => {
  it('sends at most 500 events in one ordered request', async () => {
    const { calls, publish } = createScene(() => undefined);
    expect(await publish(toEvents(700))).toHaveLength(500);
    expect(calls).toEqual(['ordered 500']);
  });

  it('sends an event that is alone with those of other apps', async () => {
    const { calls, publish } = createScene(() => undefined);
    expect(await publish(toEvents(1))).toEqual([ok]);
    expect(calls).toEqual(['single of app_1']);
  });

  it('sends an event alone that fills a request', async () => {
    const { calls, publish } = createScene(() => undefined);
    expect(await publish(toEvents(3, 'x'.repeat(600_000)))).toHaveLength(1);
    expect(calls).toEqual(['single of app_1']);
  });

  it.each([
    ['is invalid', errorOf('INVALID_INPUT', { problems: [{ path: 'events.3.data', message: 'wrong' }] })],
    ['makes the server fail', errorOf('INTERNAL', { httpStatus: 500 })],
  ])('halves a request in which an event %s, until that one is alone', async (_name, error) => {
    const { calls, publish } = createScene(() => error);
    expect(await publish(toEvents(8))).toEqual([ok]);
    expect(calls).toEqual(['ordered 8', 'ordered 4', 'ordered 2', 'single of app_1']);
    expect(await publish(toEvents(2))).toEqual([ok]);
    expect(calls.slice(4)).toEqual(['ordered 2', 'single of app_1']);
  });

  it('halves a request that is too large, and remembers the size', async () => {
    const text = 'x'.repeat(1_000);
    const { calls, publish } = createScene((count) =>
      count > 100 ? errorOf('PAYLOAD_TOO_LARGE', { httpStatus: 413 }) : undefined,
    );
    expect(await publish(toEvents(400, text))).toHaveLength(100);
    expect(calls).toEqual(['ordered 400', 'ordered 200', 'ordered 100']);
    await publish(toEvents(400, text));
    // Not 400: it looks for the limit between what was accepted and what was not.
    expect(calls.slice(3)).toEqual(['ordered 150', 'ordered 75']);
  });

  it.each([
    errorOf('NETWORK', { retryable: true }),
    errorOf('UNAVAILABLE', { retryable: true, httpStatus: 503 }),
    errorOf('RATE_LIMITED', { retryable: true, httpStatus: 429, retryAfterMs: 5_000 }),
    errorOf('UNAUTHENTICATED', { httpStatus: 401 }),
  ])('returns an error that is of no event ($code) as the only outcome', async (error) => {
    const { calls, publish } = createScene(() => error);
    expect(await publish(toEvents(8))).toEqual([{ ok: false, error }]);
    expect(calls).toEqual(['ordered 8']);
  });

  it('sends events one at a time for ten minutes if the server does not know ordered requests', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    const unknown = errorOf('INVALID_INPUT', { problems: [{ path: 'ordered', message: 'is unknown' }] });
    const { calls, publish } = createScene(() => unknown);
    await publish(toEvents(8));
    await publish(toEvents(7));
    now.mockReturnValue(600_999);
    await publish(toEvents(6));
    expect(calls).toEqual(['ordered 8', 'single of app_1', 'single of app_1', 'single of app_1']);
    now.mockReturnValue(601_001);
    await publish(toEvents(5));
    expect(calls.slice(4)).toEqual(['ordered 5', 'single of app_1']);
    now.mockRestore();
  });
});
