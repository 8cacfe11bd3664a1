import { expect, it } from 'vitest';
import type { DeliveryReason } from '@tocsin/shared';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { DeliveryChoice } from '../../../../server/src/domain/ports/bulk-stores.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import {
  createCancellation,
  type CancellationDeps,
} from '../../../../server/src/services/deliveries/cancel-deliveries.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const actor: Actor = { kind: 'root' };
const input = { webhookId: 'wh_000000000001', dryRun: false };

/** A backlog whose batches take `msForBatch` each. */
function backlogOf(waiting: number, msForBatch: number) {
  const clock = new FakeClock();
  const recorded: unknown[] = [];
  const entries: object[] = [];
  const choices: [DeliveryChoice, DeliveryReason][] = [];
  const cancellations: CancellationDeps['cancellations'] = {
    count: () => Promise.resolve({ waiting, underWay: 3 }),
    cancelSome: (choice, reason, _at, limit) => {
      choices.push([choice, reason]);
      const count = Math.min(waiting, limit);
      waiting -= count;
      clock.advance(msForBatch);
      return Promise.resolve(count);
    },
  };
  // Cancellation does not use the other dependencies.
  const parts = {
    cancellations,
    calls: unkeyedCalls(clock),
    clock,
    access: { requireScope: () => {} },
    audit: {
      record: (_actor: Actor, entry: { details: { count: number } }) => {
        recorded.push(entry.details.count);
        entries.push(entry);
      },
    },
    findWebhook: () => Promise.resolve({ id: input.webhookId, appId: 'app_test' }),
  };
  return { recorded, entries, choices, ...createCancellation(parts as unknown as CancellationDeps) };
}

it('ends a call after a few seconds, returns how many remain, and continues with the next', async () => {
  const { cancel, recorded } = backlogOf(22_000, 1_500);
  expect(await cancel(actor, input)).toEqual({ count: 15_000, underWay: 3, remaining: 7_000 });
  expect(await cancel(actor, input)).toEqual({ count: 7_000, underWay: 3, remaining: 0 });
  expect(await cancel(actor, input)).toEqual({ count: 0, underWay: 3, remaining: 0 });
  expect(recorded).toEqual([15_000, 7_000]);
});

it('only counts in a dry run', async () => {
  const { cancel, choices, entries } = backlogOf(7, 1);
  expect(await cancel(actor, { ...input, dryRun: true })).toEqual({ count: 7, underWay: 3, remaining: 0 });
  expect([...choices, ...entries]).toEqual([]);
});

it('records what was chosen, and refuses a span that ends before it begins', async () => {
  const { cancel, entries, choices } = backlogOf(7, 1);
  const since = '2025-12-31T00:00:00.000Z';
  await cancel(actor, { ...input, since, events: ['user.login'], ids: ['dlv_1', 'dlv_2'] });
  // Without an end, up to now. The fake clock is at the start of the year.
  const [until, events] = ['2026-01-01T00:00:00.000Z', ['user.login']];
  expect(entries).toMatchObject([{ details: { count: 7, since, until, events, ids: 2 } }]);
  expect(choices[0]?.[0]).toMatchObject({ since, until: '2026-01-01T00:00:00.001Z' });
  await expect(cancel(actor, { ...input, since, until: since })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: `until: must be after since, ${since}`,
  });
  expect(entries).toHaveLength(1);
});

it('cancels at least one batch, however slow the database is', async () => {
  const { cancel } = backlogOf(22_000, 60_000);
  expect(await cancel(actor, input)).toEqual({ count: 5_000, underWay: 3, remaining: 17_000 });
});

it('cancels the whole backlog before its webhook is enabled, however long it takes', async () => {
  const { cancelBacklog, recorded } = backlogOf(22_000, 60_000);
  await cancelBacklog(actor, { id: input.webhookId, appId: 'app_test' } as Webhook, 'cancel');
  expect(recorded).toEqual([22_000]);
});

it('cancels what a webhook is not subscribed to for a few seconds, and never what it keeps', async () => {
  const { cancelUnsubscribed, recorded, choices } = backlogOf(22_000, 1_500);
  await cancelUnsubscribed(
    actor,
    aWebhook({ id: input.webhookId, events: ['user.login'], keptEvents: ['user.ban'] }),
  );
  expect(recorded).toEqual([15_000]);
  const [choice, reason] = choices[0] ?? [];
  expect([choice?.exceptEvents, reason]).toEqual([
    ['user.login', 'user.ban', 'test', 'test.ping'],
    'not_subscribed',
  ]);
  expect(choice).toMatchObject({ webhookId: input.webhookId });
});
