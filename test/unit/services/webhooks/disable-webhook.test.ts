import { expect, it } from 'vitest';
import { createDisableWebhook } from '../../../../server/src/services/webhooks/disable-webhook.ts';
import { FakeClock } from '../../../support/clock.ts';

const webhook = { id: 'wh_000000000001', appId: 'app_test', accountId: 'acc_a', description: 'Billing' };

/** Writes every effect to `calls`. */
function disableOn(disable: () => Promise<boolean>) {
  const calls: unknown[][] = [];
  const clock = new FakeClock();
  const line =
    (level: string) =>
    (fields: object, message: string): void =>
      void calls.push([level, fields, message]);
  const disableWebhook = createDisableWebhook({
    webhooks: {
      disable: (id, reason, at, agreement) => {
        calls.push(['disable', id, reason, at, ...(agreement === undefined ? [] : [agreement])]);
        return disable();
      },
    },
    webhookCache: { forget: (appId) => void calls.push(['forget', appId]) },
    audit: {
      record: (actor, entry) => Promise.resolve(void calls.push(['record', actor, entry])),
    },
    clock,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
  });
  return { disableWebhook, calls, clock };
}

it('disables a webhook, then drops it from the cache, logs it and records it', async () => {
  const { disableWebhook, calls, clock } = disableOn(() => Promise.resolve(true));
  expect(await disableWebhook(webhook, 'gone')).toBe(true);
  expect(calls).toEqual([
    ['disable', webhook.id, 'gone', clock.now()],
    ['forget', webhook.appId],
    ['warn', { webhookId: webhook.id, appId: webhook.appId, reason: 'gone' }, 'webhook disabled'],
    [
      'record',
      'system',
      {
        action: 'webhook.disabled',
        accountId: webhook.accountId,
        appId: webhook.appId,
        targetId: webhook.id,
        targetName: webhook.description,
        details: { reason: 'gone' },
      },
    ],
  ]);
});

it('does nothing more for a webhook that is already disabled or deleted, or whose health does not agree', async () => {
  const { disableWebhook, calls, clock } = disableOn(() => Promise.resolve(false));
  const agreement = { failingSince: 1, epoch: 2 };
  expect(await disableWebhook(webhook, 'failing_too_long', agreement)).toBe(false);
  expect(calls).toEqual([['disable', webhook.id, 'failing_too_long', clock.now(), agreement]]);
});

it('logs a failure of the database and does not reject', async () => {
  const error = new Error('the database is away');
  const { disableWebhook, calls } = disableOn(() => Promise.reject(error));
  expect(await disableWebhook(webhook, 'destination_removed')).toBe(false);
  expect(calls.slice(1)).toEqual([
    [
      'error',
      { err: error, webhookId: webhook.id, reason: 'destination_removed' },
      'could not disable the webhook',
    ],
  ]);
});
