import { expect, it } from 'vitest';
import { DemoReceiver } from '../../../server/src/services/demo/demo-receiver.ts';

const createReceiver = () =>
  new DemoReceiver({ verify: () => Promise.resolve(undefined), now: () => Date.UTC(2026, 0, 1) });

const send = async (receiver: DemoReceiver, body: string) => await receiver.receive({ headers: {}, body });

it('keeps the last 50 deliveries, the newest first', async () => {
  const receiver = createReceiver();
  for (let number = 1; number <= 60; number++) await send(receiver, String(number));
  const bodies = receiver.list().map(({ body }) => body);
  expect(bodies).toHaveLength(50);
  expect([bodies[0], bodies.at(-1)]).toEqual([60, 11]);
});

it('keeps at most 1 MiB of bodies, and cuts a long one', async () => {
  const receiver = createReceiver();
  for (let number = 1; number <= 40; number++) await send(receiver, 'x'.repeat(500_000));
  const lengths = receiver.list().map(({ body }) => String(body).length);
  expect(new Set(lengths)).toEqual(new Set([64 * 1024]));
  expect(lengths).toHaveLength(16);
});

it('lets at most 16 callers wait for the first delivery', async () => {
  const receiver = createReceiver();
  const waiting = Array.from({ length: 16 }, () => receiver.waitForFirst(60_000));
  // Resolves at once, or the test ends at its time limit.
  await receiver.waitForFirst(60_000);
  await send(receiver, '1');
  await Promise.all(waiting);
  expect(receiver.list()).toHaveLength(1);
});

it('shows only headers of the contracts, without the secret that Authon sends', async () => {
  const receiver = createReceiver();
  const headers = { 'x-webhook-secret': 'whsec_1', 'x-customer-key': 'k', 'x-webhook-event': 'user.login' };
  await receiver.receive({ headers, body: '{' });
  expect(receiver.list()[0]).toMatchObject({ headers: { 'x-webhook-event': 'user.login' }, body: '{' });
  expect(Object.keys(receiver.list()[0]?.headers ?? {})).toEqual(['x-webhook-event']);
});
