import { describe, expect, it } from 'vitest';
import type { Attempt, Delivery } from '../../server/src/domain/delivery.ts';
import type { StoredDeliveryFilter } from '../../server/src/domain/ports/delivery-store.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import { anEvent } from '../support/builders.ts';
import { pagesOf } from '../support/pages.ts';
import { aFinalDelivery, aWaitingDelivery, type StoresHarness } from './stores-harness.ts';

const start = Date.parse('2026-01-01T00:00:00.000Z');
const webhooks = ['wh_00000000000a', 'wh_00000000000b', 'wh_00000000000c'] as const;

const attempt = (change: Partial<Attempt> = {}): Attempt => ({
  at: start,
  durationMs: 3,
  statusCode: 500,
  reason: 'http_status',
  reply: 'no',
  ...change,
});

const succeeded = attempt({ statusCode: 204, reason: null });
const timedOut = attempt({ statusCode: null, reason: 'timeout', durationMs: 10_000 });

/** One for each kind of end. Their last attempts differ from the first ones. */
const ends: readonly Partial<Delivery>[] = [
  { attempts: [timedOut, succeeded], attemptCount: 2 },
  { status: 'failed', reason: 'retries_exhausted', attempts: [succeeded, timedOut], attemptCount: 10 },
  { status: 'failed', reason: 'gone', attempts: [attempt({ statusCode: 410, reason: 'gone' })] },
  { status: 'cancelled', reason: 'cancelled_by_user', attempts: [attempt()], attemptCount: 3 },
  { status: 'cancelled', reason: 'webhook_deleted', attempts: [], attemptCount: 0 },
  // A failure that came after the success.
  { attempts: [succeeded, attempt({ durationMs: 700 })], attemptCount: 2 },
];

/** Deliveries of two apps and three types, one event a minute. Every fourth one waits, and the last ones are in flight. */
async function insertSample(h: StoresHarness): Promise<Delivery[]> {
  const types = ['user.login', 'user.ban', 'license.created'] as const;
  const events = Array.from({ length: 24 }, (_, index) =>
    anEvent({
      acceptedAt: start + index * 60_000,
      appId: index % 5 === 0 ? 'app_other' : 'app_test',
      type: types[index % types.length] ?? 'user.login',
      targets: [webhooks[index % 2] ?? webhooks[0]],
    }),
  );
  const stored = events.map((event, index) =>
    index % 4 === 3
      ? aWaitingDelivery(event, 0, { attempts: [attempt({ statusCode: 503 })], attemptCount: 1 })
      : aFinalDelivery(event, 0, ends[index % ends.length]),
  );
  const open = [0, 1].map((index) =>
    anEvent({ acceptedAt: start + (30 + index) * 60_000, targets: [webhooks[index] ?? webhooks[0]] }),
  );
  await h.putEvents(events);
  await h.putDeliveries(stored);
  await h.events.insertMany(open);
  const inFlight = open.map((event) => ({
    ...aWaitingDelivery(event),
    reason: 'awaiting_first_attempt' as const,
    attempts: [],
    attemptCount: 0,
  }));
  return [...stored, ...inFlight];
}

type Case = readonly [StoredDeliveryFilter, (delivery: Delivery) => boolean];

const last = ({ attempts }: Delivery) => attempts.at(-1);
const minutes = (count: number) => new Date(start + count * 60_000).toISOString();

const cases: readonly Case[] = [
  [{ since: minutes(10) }, ({ createdAt }) => createdAt >= start + 600_000],
  [{ until: minutes(10) }, ({ createdAt }) => createdAt < start + 600_000],
  // Also in front of some that are in flight.
  [{ since: minutes(31) }, ({ createdAt }) => createdAt >= start + 1_860_000],
  [{ until: minutes(31) }, ({ createdAt }) => createdAt < start + 1_860_000],
  [{ event: 'user.ban' }, ({ type }) => type === 'user.ban'],
  [{ event: 'user.*' }, ({ type }) => type.startsWith('user.')],
  [{ event: 'invoice.*' }, () => false],
  [{ webhookIds: [webhooks[1], webhooks[2]] }, ({ webhookId }) => webhookId === webhooks[1]],
  [
    { webhookIds: [webhooks[0], ...Array.from({ length: 300 }, (_, index) => `wh_${index}`)] },
    ({ webhookId }) => webhookId === webhooks[0],
  ],
  [{ reasons: ['gone', 'awaiting_retry'] }, ({ reason }) => reason === 'gone' || reason === 'awaiting_retry'],
  [{ reasons: ['awaiting_first_attempt'] }, ({ reason }) => reason === 'awaiting_first_attempt'],
  [{ cause: 'timeout' }, (delivery) => last(delivery)?.reason === 'timeout'],
  [
    { cause: 'http_status' },
    (delivery) => delivery.status !== 'delivered' && last(delivery)?.reason === 'http_status',
  ],
  [{ statusClass: '2xx' }, (delivery) => last(delivery)?.statusCode === 204],
  [{ statusClass: '4xx' }, (delivery) => last(delivery)?.statusCode === 410],
  [{ statusClass: '5xx' }, (delivery) => (last(delivery)?.statusCode ?? 0) >= 500],
  [{ statusClass: 'none' }, (delivery) => last(delivery)?.statusCode === null],
  [{ minAttempts: 1 }, ({ attemptCount }) => attemptCount >= 1],
  [{ minAttempts: 3 }, ({ attemptCount }) => attemptCount >= 3],
  [{ minDurationMs: 700 }, (delivery) => (last(delivery)?.durationMs ?? 0) >= 700],
  [
    { since: minutes(2), event: 'user.*', statusClass: '5xx', minAttempts: 1 },
    (delivery) =>
      delivery.createdAt >= start + 120_000 &&
      delivery.type.startsWith('user.') &&
      (last(delivery)?.statusCode ?? 0) >= 500,
  ],
];

const scopes: readonly Case[] = [
  [{}, () => true],
  [{ accountId: 'acc_a' }, () => true],
  [{ accountId: 'acc_other' }, () => false],
  [{ accountId: 'acc_a', excludedAppIds: ['app_other'] }, ({ appId }) => appId === 'app_test'],
  [{ appId: 'app_other' }, ({ appId }) => appId === 'app_other'],
  [{ webhookId: webhooks[0] }, ({ webhookId }) => webhookId === webhooks[0]],
  [{ status: 'failed' }, ({ status }) => status === 'failed'],
  [{ status: 'delivered', accountId: 'acc_a' }, ({ status }) => status === 'delivered'],
  [
    { status: 'pending', appId: 'app_test' },
    ({ status, appId }) => status === 'pending' && appId === 'app_test',
  ],
];

/** The filters of lists. Each is read page by page, so that no page has gaps or repeats. */
export function deliveryFiltersContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: filters of deliveries`, () => {
    it('find the same in every scope as a comparison of all deliveries', async () => {
      await using h = open();
      const all = (await insertSample(h)).sort((a, b) => (a.id < b.id ? 1 : -1));
      for (const [scope, isInScope] of scopes) {
        for (const [filter, matches] of cases) {
          const expected = all.filter((delivery) => isInScope(delivery) && matches(delivery));
          expect({ scope, filter, ids: await pagesOf(h.deliveries, { ...scope, ...filter }) }).toEqual({
            scope,
            filter,
            ids: expected.map(({ id }) => id),
          });
        }
      }
    });

    it('find the deliveries of one event', async () => {
      await using h = open();
      const event = anEvent({ acceptedAt: start, targets: [...webhooks] });
      await h.putEvents([event]);
      await h.putDeliveries(
        webhooks.map((_, index) =>
          aFinalDelivery(event, index, { attempts: [index === 1 ? attempt() : succeeded] }),
        ),
      );
      const ids = await pagesOf(h.deliveries, { eventId: event.id, statusClass: '5xx' });
      expect(ids).toEqual([toDeliveryId(event.id, 1)]);
    });
  });
}
