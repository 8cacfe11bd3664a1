import { expect, it } from 'vitest';
import type { DeliveryResult } from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { WebhookActivityChange } from '../../../../server/src/domain/ports/webhook-activity-store.ts';
import { WebhookActivityLog } from '../../../../server/src/services/webhooks/webhook-activity-log.ts';
import { anEvent, firstDeliveryOf } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { silent } from '../../../support/silent-log.ts';

const minuteMs = 60_000;

function scene() {
  const clock = new FakeClock();
  const saves: (readonly WebhookActivityChange[])[] = [];
  const store = {
    add: (changes: readonly WebhookActivityChange[]) => Promise.resolve(void saves.push(changes)),
  };
  const log = new WebhookActivityLog({ store, clock, log: silent, maxWebhooks: 500 });
  const record = (webhookId: string, statusCode = 200, type = 'user.login', accountId = 'acc_a') => {
    const event = anEvent({ targets: [webhookId], type, accountId });
    const attempt = {
      at: clock.now(),
      durationMs: 5,
      statusCode,
      reason: statusCode === 200 ? null : ('http_status' as const),
      reply: '',
    };
    const result: DeliveryResult = {
      delivery: firstDeliveryOf(event),
      attempt,
      status: 'delivered',
      reason: null,
      dueAt: null,
      at: clock.now(),
    };
    log.recordResult(result);
  };
  return { clock, saves, log, record };
}

it('saves only what changed, in slots of five minutes', async () => {
  const { clock, saves, log, record } = scene();
  record('wh_a');
  record('wh_a', 500);
  clock.advance(5 * minuteMs);
  record('wh_a');
  await log.save();
  await log.save();
  expect(saves).toHaveLength(1);
  const [change] = saves[0] ?? [];
  expect(change?.slots.map(({ counts }) => [counts.attempts, counts.failedAttempts])).toEqual([
    [2, 1],
    [1, 0],
  ]);
});

it('writes a bounded number of webhooks in a save, those that wait longest first', async () => {
  const { saves, log, record } = scene();
  for (let n = 0; n < 450; n++) record(`wh_${n}`);
  await log.save();
  record('wh_0');
  await log.save();
  await log.save();
  expect(saves.map((changes) => changes.length)).toEqual([200, 200, 51]);
  expect(saves[2]?.at(-1)?.webhookId).toBe('wh_0');
});

it('counts a bounded number of types and statuses by name, and all attempts', async () => {
  const { clock, saves, log, record } = scene();
  for (let n = 0; n < 60; n++) record('wh_a', 500 + n, `type.n${n}`);
  await log.stop();
  const counts = saves[0]?.[0]?.slots[0]?.counts;
  expect(counts?.attempts).toBe(60);
  expect(counts?.statuses.size).toBe(50);
  expect(counts?.types.size).toBe(51);
  expect(counts?.types.get('*')?.attempts).toBe(10);
  clock.advance(60 * minuteMs);
  record('wh_a', 559, 'type.n59');
  await log.stop();
  expect(saves[1]?.[0]?.slots[0]?.counts.types.has('type.n59')).toBe(true);
});

it('counts the webhooks of an account while another one has more than there is room for', async () => {
  const { saves, log, record } = scene();
  for (let n = 0; n < 501; n++) record(`wh_${n}`);
  record('wh_other', 200, 'user.login', 'acc_b');
  record('wh_0');
  await log.stop();
  const ids = saves.flat().map(({ webhookId }) => webhookId);
  expect(ids).toHaveLength(500);
  expect(ids.at(-1)).toBe('wh_other');
});

it('counts attempts that are repeated and deliveries that end without one, not those that only wait', async () => {
  const { clock, saves, log } = scene();
  const delivery = firstDeliveryOf(anEvent({ targets: ['wh_a'] }));
  const attempt = {
    at: clock.now(),
    durationMs: 5,
    statusCode: 500,
    reason: 'http_status' as const,
    reply: '',
  };
  const result = { delivery, reason: null, dueAt: null, at: clock.now() };
  log.recordResult({ ...result, attempt: undefined, status: 'pending' });
  await log.save();
  expect(saves).toEqual([]);
  log.recordResult({ ...result, attempt, status: 'pending' });
  log.recordResult({ ...result, attempt: undefined, status: 'cancelled' });
  await log.save();
  const counts = saves[0]?.[0]?.slots[0]?.counts;
  expect([counts?.attempts, counts?.failedAttempts]).toEqual([1, 1]);
});
