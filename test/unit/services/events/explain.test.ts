import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../../server/src/domain/delivery.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { PageRequest } from '../../../../server/src/domain/ports/page-request.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { createExplain } from '../../../../server/src/services/events/explain.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent, aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { aDelivery, hook } from './explained-deliveries.ts';

const dayMs = 86_400_000;
const keepMs = 30 * dayMs;
const now = new FakeClock().now();

interface Given {
  readonly event?: Partial<AcceptedEvent>;
  readonly webhooks?: readonly Webhook[];
  readonly deliveries?: readonly Delivery[];
  /** The end of the pause of the webhooks' chat service. */
  readonly pausedUntil?: number;
}

/** Explains one event of an app in memory. */
async function explain({ event: change = {}, webhooks = [], deliveries = [], pausedUntil }: Given) {
  const clock = new FakeClock();
  const event = anEvent({ acceptedAt: now - dayMs, targets: [], ...change });
  const calls: PageRequest[] = [];
  const limits: number[] = [];
  const service = createExplain({
    events: { get: () => Promise.resolve(event) },
    deliveries: {
      list: (_, page) => {
        calls.push(page);
        const first = Number(page.cursor ?? 0);
        const end = first + page.limit;
        const items = deliveries.slice(first, end);
        return Promise.resolve({ items, nextCursor: end < deliveries.length ? String(end) : null });
      },
    },
    webhooks: {
      getMany: (ids) => Promise.resolve(webhooks.filter(({ id }) => ids.includes(id))),
      listSome: (_, limit) => {
        limits.push(limit);
        return Promise.resolve(webhooks.slice(0, limit));
      },
    },
    access: accessTo({ app_test: 'acc_a' }),
    views: { getUrl: ({ url }) => url },
    findServicePause: () => pausedUntil,
    clock,
    keepMs,
  });
  return { ...(await service(rootActor, event.id)), calls, limits, service };
}

/** The only verdict, without the fields that a delivery has. */
async function verdictOf(given: Given) {
  const { verdicts } = await explain(given);
  expect(verdicts).toHaveLength(1);
  return verdicts[0];
}

it('reads the deliveries and webhooks of all targets, however many', async () => {
  const targets = Array.from({ length: 2_300 }, (_, n) => hook(n));
  const other = aWebhook({ id: hook(9_999), createdAt: 7 });
  const webhooks = [...targets.map((id, n) => aWebhook({ id, createdAt: n })), other];
  const deliveries = targets.slice(1).map((id) => aDelivery(id));
  const deleted = aDelivery(hook(8_888));
  const { verdicts, isCapped, calls, limits } = await explain({
    event: { targets: [hook(8_888), ...targets] },
    webhooks,
    deliveries: [...deliveries, deleted, aDelivery(targets[0] ?? '')],
  });
  const expected = [...targets.slice(0, 8), other.id, ...targets.slice(8), deleted.webhookId];
  expect(verdicts.map(({ webhookId }) => webhookId)).toEqual(expected);
  const notDelivered = verdicts.filter(({ verdict }) => verdict !== 'delivered');
  expect(notDelivered.map(({ webhookId }) => webhookId)).toEqual([other.id]);
  expect(isCapped).toBe(false);
  expect(calls.map(({ cursor, limit }) => [cursor, limit])).toEqual([
    [undefined, 1_000],
    ['1000', 1_000],
    ['2000', 1_000],
  ]);
  expect(limits).toEqual([3_302]);
});

it('explains a thousand other webhooks, and says if there are more', async () => {
  const webhooks = Array.from({ length: 1_003 }, (_, n) => aWebhook({ id: hook(n), createdAt: -n }));
  const targets = [webhooks[0]?.id ?? ''];
  const capped = await explain({ event: { targets }, webhooks });
  expect(capped).toMatchObject({ isCapped: true });
  expect(capped.verdicts).toHaveLength(1_001);
  const all = await explain({ event: { targets }, webhooks: webhooks.slice(0, 1_001) });
  expect(all).toMatchObject({ isCapped: false });
  expect(all.verdicts).toHaveLength(1_001);
});

it('is not given to callers of other accounts', async () => {
  const { service, event } = await explain({});
  await expect(service(keyActor('acc_b'), event.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

describe('the verdict at a target', () => {
  const id = hook(1);
  const event = { targets: [id] };

  describe('while its chat service limits requests', () => {
    const pausedUntil = now + 60_000;
    const pauseEnd = new Date(pausedUntil).toISOString();
    const pending = { status: 'pending', reason: 'awaiting_retry', finishedAt: null } as const;

    it.each([
      [now, pauseEnd],
      [pausedUntil + 1, new Date(pausedUntil + 1).toISOString()],
    ])('names the limit, and the later of both times for a delivery due at %i', async (dueAt, next) => {
      const deliveries = [aDelivery(id, { ...pending, dueAt })];
      const verdict = await verdictOf({ event, webhooks: [aWebhook({ id })], deliveries, pausedUntil });
      expect(verdict).toMatchObject({
        verdict: 'pending',
        reason: 'destination_limited',
        nextAttemptAt: next,
      });
      expect(verdict?.message).toContain(
        `the delivery waits at least until ${pauseEnd}. Waiting for the next`,
      );
    });

    it('is as ever if the webhook is disabled or the delivery has ended', async () => {
      const waiting = [aDelivery(id, { ...pending, dueAt: now })];
      const disabled = aWebhook({ id, enabled: false });
      const ended = [aDelivery(id)];
      for (const given of [
        { webhooks: [disabled], deliveries: waiting },
        { webhooks: [aWebhook({ id })], deliveries: ended },
      ]) {
        expect(await verdictOf({ event, ...given, pausedUntil })).toEqual(
          await verdictOf({ event, ...given }),
        );
      }
    });
  });

  it('is the delivery, even if the webhook was disabled or changed since', async () => {
    const webhook = aWebhook({ id, enabled: false, disabledReason: 'gone', events: [], updatedAt: now });
    expect(await verdictOf({ event, webhooks: [webhook], deliveries: [aDelivery(id)] })).toMatchObject({
      verdict: 'delivered',
      reason: null,
      url: webhook.url,
    });
  });

  it.each([
    [
      {},
      [],
      / The webhook is not subscribed to user\.login any more, so the delivery cannot be sent again\.$/,
    ],
    [{}, ['user.login'], /\. The webhook is not subscribed to user\.login any more\.$/],
    [
      { status: 'pending', reason: 'awaiting_retry' },
      [],
      / any more, so the delivery is cancelled when it is due\.$/,
    ],
    [{ status: 'pending' }, ['user.login'], / any more, and keeps its pending deliveries\.$/],
    [
      { status: 'cancelled', reason: 'not_subscribed', finishedAt: now },
      [],
      /^Cancelled because the event type was taken off the webhook, on \S+Z after 1 attempt\. The webhook is not /,
    ],
  ] as const)(
    'of a delivery %j says that the type was taken off the webhook',
    async (change, kept, words) => {
      const webhook = aWebhook({ id, events: ['user.ban'], keptEvents: kept });
      const verdict = await verdictOf({ event, webhooks: [webhook], deliveries: [aDelivery(id, change)] });
      expect(verdict?.message).toMatch(words);
      const subscribed = aWebhook({ id, events: ['user.login'] });
      const other = await verdictOf({ event, webhooks: [subscribed], deliveries: [aDelivery(id, change)] });
      expect(other?.message).not.toContain('any more');
    },
  );

  it('is the latest of several deliveries', async () => {
    const deliveries = [aDelivery(id, { status: 'failed', reason: 'gone' }), aDelivery(id)];
    expect(await verdictOf({ event, webhooks: [aWebhook({ id })], deliveries })).toMatchObject({
      verdict: 'failed',
      reason: 'gone',
    });
  });

  const anAttempt = { at: now, durationMs: 5, reply: '' };

  it.each([
    [{ reason: 'http_status', statusCode: 500 } as const, 'the endpoint returned 500'],
    [{ reason: 'timeout', statusCode: null } as const, 'the request timed out'],
    [{ reason: 'redirect', statusCode: 301 } as const, 'redirects are not followed (HTTP 301)'],
  ])('names no codes in its sentence after %s', async (result, words) => {
    const attempts = [{ ...anAttempt, ...result }];
    const failed = { status: 'failed', reason: 'retries_exhausted', attempts, attemptCount: 1 } as const;
    const verdict = await verdictOf({
      event,
      webhooks: [aWebhook({ id })],
      deliveries: [aDelivery(id, failed)],
    });
    expect(verdict?.message).toContain('Failed after 1 attempt: all retries failed. Last failure: ');
    expect(verdict?.message).toContain(`${words}.`);
    expect(verdict?.message).not.toMatch(/[a-z]_[a-z]+ /);
  });

  it.each([
    ['retention removed', now - keepMs - 1, 'Retention removed the delivery'],
    ['has no record', now - keepMs, 'no delivery is stored'],
  ])('claims no result if the delivery %s', async (_, acceptedAt, words) => {
    const webhooks = [aWebhook({ id, enabled: false, disabledReason: 'gone' })];
    const verdict = await verdictOf({ event: { ...event, acceptedAt }, webhooks });
    expect(verdict).toMatchObject({ verdict: 'no_record', reason: null, deliveryId: null });
    expect(verdict?.message).toContain(words);
  });

  it('is the result at a webhook that was deleted since', async () => {
    expect(await verdictOf({ event, deliveries: [aDelivery(id)] })).toMatchObject({
      verdict: 'delivered',
      url: null,
    });
    const cancelled = aDelivery(id, { status: 'cancelled', reason: 'webhook_deleted' });
    expect(await verdictOf({ event, deliveries: [cancelled] })).toMatchObject({
      verdict: 'deleted',
      reason: 'webhook_deleted',
      deliveryId: cancelled.id,
      message: expect.stringContaining('before the event could be delivered') as string,
    });
  });

  it.each([
    ['retention removed', now - keepMs - 1, 'retention removed the delivery'],
    ['has no record', now - keepMs, 'no delivery is stored'],
  ])('says that the webhook was deleted, and not when, if the delivery %s', async (_, acceptedAt, words) => {
    const verdict = await verdictOf({ event: { ...event, acceptedAt } });
    expect(verdict).toMatchObject({ verdict: 'deleted', reason: null, url: null });
    expect(verdict?.message).toContain(words);
    expect(verdict?.message).not.toContain('before');
  });

  it.each([
    [['license.*', 'user.*'], ' The webhook is subscribed to user.login by user.*.'],
    [['*', 'user.*'], ' The webhook is subscribed to user.login by *.'],
    [['user.*', 'user.login'], ''],
  ])('names the pattern of %j that subscribes the webhook', async (events, sentence) => {
    const verdict = await verdictOf({
      event,
      webhooks: [aWebhook({ id, events })],
      deliveries: [aDelivery(id)],
    });
    expect(verdict?.message).toMatch(/^Delivered on \S+ after 1 attempt\./);
    expect(verdict?.message.replace(/^.* after 1 attempt\./, '')).toBe(sentence);
  });

  it('exists for a test ping, which has no targets', async () => {
    const webhooks = [aWebhook({ id })];
    expect(await verdictOf({ webhooks, deliveries: [aDelivery(id)] })).toMatchObject({
      verdict: 'delivered',
    });
  });
});

describe('the verdict at another webhook', () => {
  const at = now - dayMs;
  const disabled = { enabled: false, disabledReason: 'gone' } as const;

  it.each<[string, Partial<Webhook>, string, string]>([
    ['was created later', { createdAt: at + 1, updatedAt: at + 1 }, 'created_later', 'after the event'],
    ['is not subscribed', { events: ['user.ban'] }, 'not_subscribed', 'is not subscribed to user.login.'],
    [
      'has no pattern that matches',
      { events: ['user.ban', 'license.*'] },
      'not_subscribed',
      'is not subscribed to user.login. Its pattern license.* does not match.',
    ],
    [
      'has several patterns that do not match',
      { events: ['license.*', 'a.*', 'b.*', 'c.*', 'd.*', 'e.*', 'f.*'] },
      'not_subscribed',
      'Its patterns license.*, a.*, b.*, c.*, d.* and 2 more do not match.',
    ],
    [
      'is not subscribed since a later change',
      { events: ['user.ban'], updatedAt: at + 1 },
      'not_subscribed',
      'changed on 2025-12-31T00:00:00.001Z, after the event',
    ],
    [
      'was disabled before',
      { ...disabled, updatedAt: at },
      'disabled',
      'the webhook was off: disabled because the endpoint returned 410 Gone',
    ],
    ['was disabled since', { ...disabled, updatedAt: at + 1 }, 'not_matched', 'or not known yet'],
    ['was enabled since', { updatedAt: at + 1 }, 'not_matched', 'it was disabled, not subscribed to'],
    [
      'was created just before',
      { createdAt: at - 12, updatedAt: at - 12 },
      'not_matched',
      'created 12 ms before the event was accepted',
    ],
    ['was changed just before', { updatedAt: at - 12 }, 'not_matched', 'changed 12 ms before the event'],
    ['matched long before', { updatedAt: at - dayMs }, 'not_matched', 'did not know that the webhook'],
  ])('says that it %s', async (_, change, verdict, words) => {
    const found = await verdictOf({ event: { acceptedAt: at }, webhooks: [aWebhook(change)] });
    expect(found).toMatchObject({
      verdict,
      reason: verdict === 'disabled' ? 'gone' : null,
      deliveryId: null,
      attemptCount: 0,
    });
    expect(found?.message).toContain(words);
    // Nothing is said of patterns that the webhook does not have.
    if (words.endsWith('user.login.')) expect(found?.message.endsWith(words)).toBe(true);
  });
});

it('lists webhooks of the same age in the order of their ids', async () => {
  const webhooks = [3, 1, 2].map((n) => aWebhook({ id: hook(n), createdAt: 5 }));
  const { verdicts } = await explain({ webhooks });
  expect(verdicts.map(({ webhookId }) => webhookId)).toEqual([1, 2, 3].map(hook));
});

it('is given to callers of its account who may read events', async () => {
  const { service, event } = await explain({});
  await expect(service(keyActor('acc_a', ['events:publish']), event.id)).rejects.toMatchObject({
    code: 'SCOPE_MISSING',
  });
  expect(await service(keyActor('acc_a', ['events:read']), event.id)).toMatchObject({
    event: { id: event.id },
  });
});
