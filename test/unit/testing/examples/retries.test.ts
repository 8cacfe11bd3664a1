import { createTestTocsin } from '@tocsin/testing';
import { tocsinMatchers } from '@tocsin/testing/vitest';
import { expect, test } from 'vitest';

expect.extend(tocsinMatchers);

const revoked = { licenseKey: 'KEY-1', status: 'revoked' } as const;

test('a receiver that is away gets the event later', async () => {
  await using tocsin = await createTestTocsin();
  const receiver = tocsin.receiver();
  await tocsin.webhook({ to: receiver, events: ['license.*'] });
  receiver.respond(503).hang().reset();

  await tocsin.publish('license.revoked', { data: revoked });
  expect(receiver).not.toHaveDelivered('license.revoked');

  await tocsin.advance('3h');
  expect(receiver).toHaveDelivered('license.revoked', revoked);
  expect(receiver.requests.map(({ answer }) => answer)).toEqual([503, 'timeout', 'reset', 200]);
});

test('a webhook that fails for days is disabled', async () => {
  await using tocsin = await createTestTocsin({ disableAfter: '2d' });
  const receiver = tocsin.receiver().otherwise(500);
  const { id } = await tocsin.webhook({ to: receiver, events: ['*'] });

  await tocsin.publish('license.revoked', { data: revoked });
  await tocsin.advance('4d');

  const webhook = await tocsin.client.webhooks.get.query({ id });
  expect(webhook).toMatchObject({ enabled: false, disabledReason: 'failing_too_long' });
});

test('a duplicate has the same id', async () => {
  await using tocsin = await createTestTocsin();
  const receiver = tocsin.receiver().duplicate();
  await tocsin.webhook({ to: receiver, events: ['*'] });

  await tocsin.publish('license.revoked', { data: revoked });

  const ids = receiver.requests.map((request) => request.headers['webhook-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});
