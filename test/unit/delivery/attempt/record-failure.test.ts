import { describe, expect, it } from 'vitest';
import {
  createRecordFailure,
  type FailedAttempt,
} from '../../../../server/src/delivery/attempt/record-failure.ts';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import { aWebhook } from '../../../support/builders.ts';

const rejected = (retryAfterMs?: number): FailedAttempt => ({
  outcome: { kind: 'failure', reason: 'http_status', retryAfterMs, slowsEndpoint: false },
  sent: { kind: 'answered', statusCode: 400, retryAfter: undefined, headers: {}, reply: '', durationMs: 5 },
});

/** Endpoints that fail too long or not, and a database that agrees or not. `calls` has what was done. */
function aScene({ isFailingTooLong = false, agrees = true } = {}) {
  const calls: unknown[] = [];
  const record = createRecordFailure({
    health: {
      recordFailure: () => undefined,
      isPaused: () => false,
      isFailingTooLong: () => isFailingTooLong,
      saveNow: (id) => Promise.resolve(void calls.push(['save', id])),
      forget: (id) => void calls.push(['forget', id]),
    },
    disable: (webhook, reason, agreement) => {
      calls.push(['disable', webhook.id, reason, agreement]);
      return Promise.resolve(agrees);
    },
    getEpoch: () => 7,
    disableAfterMs: 1_000,
  });
  const queue = new EndpointQueue('wh_1', 'acc_a', { maxInFlight: 4, initialInFlight: 1 });
  return { record, queue, calls };
}

const webhook = aWebhook({ id: 'wh_1' });
const settled = () => new Promise(setImmediate);

describe('a failed attempt', () => {
  it('disables the webhook if all have failed too long and the database agrees', async () => {
    const { record, queue, calls } = aScene({ isFailingTooLong: true });
    record(webhook, queue, rejected(), 5_000);
    await settled();
    expect(calls).toEqual([
      ['save', 'wh_1'],
      ['disable', 'wh_1', 'failing_too_long', { failingSince: 4_000, epoch: 7 }],
    ]);
  });

  it('is forgotten with the rest if the database does not agree, because another process saw a success', async () => {
    const { record, queue, calls } = aScene({ isFailingTooLong: true, agrees: false });
    record(webhook, queue, rejected(), 5_000);
    await settled();
    expect(calls.at(-1)).toEqual(['forget', 'wh_1']);
  });

  it('leaves the webhook enabled otherwise', async () => {
    const { record, queue, calls } = aScene();
    record(webhook, queue, rejected(), 5_000);
    await settled();
    expect(calls).toEqual([]);
  });

  it('pauses the endpoint for as long as its Retry-After says, whatever the status', () => {
    const { record, queue } = aScene();
    record(webhook, queue, rejected(60_000), 5_000);
    expect(queue.longPauseEnd(5_000)).toBe(65_000);
  });

  it('pauses nothing without Retry-After', () => {
    const { record, queue } = aScene();
    record(webhook, queue, rejected(), 5_000);
    expect(queue.hasState(5_000)).toBe(false);
  });
});
