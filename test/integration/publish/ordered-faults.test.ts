import { expect, inject, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { MongoRelay } from '../../support/mongo-relay.ts';

const count = 720;
const batchSize = 240;

/** An insert writes at most 2,000 deliveries, so that a batch takes two inserts. */
const webhooks = 10;

/**
 * The event of a batch whose insert gets no reply, and how often. The driver repeats an insert once. The publisher is
 * told of a second failure, although the events may be stored.
 */
const drops = [
  { event: 0, times: 0 },
  { event: 0, times: 1 },
  { event: 0, times: 2 },
  { event: 230, times: 2 },
] as const;

/** Publishes the events from one on, and returns the ids of the accepted ones, which are the first of them. */
async function publishFrom(app: TestApp, appId: string, first: number): Promise<readonly string[]> {
  const events = Array.from({ length: Math.min(batchSize, count - first) }, (_, n) => ({
    appId,
    event: 'license.revoked',
    data: { licenseKey: `key-${first + n}`, status: 'revoked' },
    idempotencyKey: `number-${first + n}`,
  }));
  const results = await app.call('events.publishMany', { events, ordered: true });
  const failedAt = results.findIndex((result) => !result.ok);
  const rest = failedAt < 0 ? [] : results.slice(failedAt);
  expect(rest.filter((result) => result.ok || !result.retryable)).toEqual([]);
  return results.flatMap((result) => (result.ok ? [result.id] : []));
}

it('stores the events of ordered calls once and in order while the database breaks connections', async () => {
  await using relay = await MongoRelay.start(inject('mongoUri'));
  await using app = await startTestApp({ mongoUri: relay.uri, env: { ROLE: 'api' } });
  const appId = await app.createApp();
  for (let n = 0; n < webhooks; n += 1) {
    await app.call('webhooks.create', { appId, url: `http://127.0.0.1:9/${n}`, events: ['license.revoked'] });
  }
  const ids: string[] = [];
  const accepted: number[] = [];
  for (let call = 0; ids.length < count; call += 1) {
    const { event, times } = drops[call % drops.length] ?? drops[0];
    relay.dropReplies(`"key-${ids.length + event}"`, times);
    const more = await publishFrom(app, appId, ids.length);
    accepted.push(more.length);
    ids.push(...more);
  }
  expect(accepted).toEqual([240, 240, 0, 200, 40]);
  const stored = await app.db
    .collection<{ _id: string; data: string }>('events')
    // In the order of the inserts.
    .find({ appId }, { hint: { $natural: 1 } })
    .toArray();
  expect(stored.map(({ _id }) => _id)).toEqual(ids);
  expect(stored.map(({ data }) => data)).toEqual(
    Array.from({ length: count }, (_, n) => expect.stringContaining(`"key-${n}"`) as string),
  );
});
