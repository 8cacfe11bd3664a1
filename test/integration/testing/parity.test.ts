import { createTestTocsin } from '@tocsin/testing';
import { describe, expect, it } from 'vitest';
import type { OutputOf } from '../../support/app.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { Receiver, type Answer } from '../../support/receiver.ts';
import { untilDelivery } from '../../support/waits.ts';

const retries = 4;
const app = useTestApp({
  env: { RETRY_SCHEDULE: Array.from({ length: retries }, () => '10ms').join(), DELIVERY_TIMEOUT_MS: '400' },
});
const data = { licenseKey: 'key-1', status: 'revoked' } as const;

/** The answers of a receiver, one for each request, and the status with which the delivery ends. */
const scenarios: Readonly<
  Record<string, { readonly answers: readonly Answer[]; readonly ends: 'delivered' | 'failed' }>
> = {
  'a success at once': { answers: [{ status: 202, body: 'thanks' }], ends: 'delivered' },
  'all kinds of failures': { answers: [500, 'hang', 'reset', 302, 204], ends: 'delivered' },
  'failures only': { answers: [404, 400, 500, 401, 404], ends: 'failed' },
  'a receiver that is gone': { answers: [500, 410], ends: 'failed' },
};

/** What both servers record of one delivery. Times and ids differ. */
function toOutcome(
  delivery: OutputOf<'deliveries.get'>,
  webhook: Pick<OutputOf<'webhooks.get'>, 'enabled' | 'disabledReason'>,
  requests: readonly { readonly headers: object; readonly text: string }[],
) {
  const { status, reason, attemptCount, attempts } = delivery;
  return {
    status,
    reason,
    attemptCount,
    attempts: attempts.map(({ statusCode, reason: why, reply }) => ({ statusCode, why, reply })),
    webhook: { enabled: webhook.enabled, disabledReason: webhook.disabledReason },
    requests: requests.map(({ headers, text }) => ({
      headers: Object.keys(headers)
        .filter((name) => name !== 'connection')
        .sort(),
      fields: Object.keys(JSON.parse(text) as object),
      data: (JSON.parse(text) as { data: object }).data,
    })),
  };
}

async function runOnServer(answers: readonly Answer[], ends: 'delivered' | 'failed') {
  await using receiver = await Receiver.start({ answer: (_request, index) => answers[index] ?? 500 });
  const appId = await app.createApp();
  const { id } = await app.call('webhooks.create', { appId, url: receiver.url, events: ['*'] });
  const published = await app.call('events.publish', { appId, event: 'license.revoked', data });
  const delivery = await untilDelivery(app, published.id, ends);
  // The webhook of a receiver that is gone is disabled after its delivery has ended.
  await expect
    .poll(async () => (await app.call('webhooks.get', { id })).enabled)
    .toBe(!answers.includes(410));
  return toOutcome(delivery, await app.call('webhooks.get', { id }), receiver.requests);
}

async function runInKit(answers: readonly Answer[]) {
  const retrySchedule = Array.from({ length: retries }, () => '10ms' as const);
  await using tocsin = await createTestTocsin({ retrySchedule, deliveryTimeout: '400ms' });
  const receiver = tocsin.receiver();
  for (const answer of answers) {
    if (answer === 'hang') receiver.hang();
    else if (answer === 'reset') receiver.reset();
    else receiver.respond(answer);
  }
  const { id } = await tocsin.webhook({ to: receiver, events: ['*'] });
  await tocsin.publish('license.revoked', { data });
  await tocsin.advance('1h');
  const { items } = await tocsin.client.deliveries.list.query({ appId: tocsin.appId });
  const delivery = await tocsin.client.deliveries.get.query({ id: items[0]?.id ?? '' });
  const webhook = await tocsin.client.webhooks.get.query({ id });
  const requests = receiver.requests.map(({ headers, body }) => ({ headers, text: body }));
  return toOutcome(delivery, webhook, requests);
}

const withoutApp = (outcome: ReturnType<typeof toOutcome>) => ({
  ...outcome,
  requests: outcome.requests.map((request) => ({ ...request, data: { ...request.data, appId: 'any' } })),
});

describe('the test kit and a real server', () => {
  it.each(Object.entries(scenarios))('record the same of %s', async (_name, { answers, ends }) => {
    const real = await runOnServer(answers, ends);
    expect(real.attempts).toHaveLength(answers.length);
    expect(withoutApp(await runInKit(answers))).toEqual(withoutApp(real));
  });
});
