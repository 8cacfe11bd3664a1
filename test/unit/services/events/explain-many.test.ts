import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../server/src/domain/access.ts';
import type { Delivery } from '../../../../server/src/domain/delivery.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { createExplainMany } from '../../../../server/src/services/events/explain.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent, aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { aDelivery, hook } from './explained-deliveries.ts';

const keepMs = 30 * 86_400_000;
interface Given {
  readonly webhooks?: readonly Webhook[];
  readonly deliveries?: readonly Delivery[];
  readonly only?: Webhook;
  readonly actor?: Actor;
}

describe('a list of explained events', () => {
  const appId = 'app_test';

  /** Explains events over webhooks and deliveries in memory, and notes what is read. */
  async function explainMany(
    events: readonly AcceptedEvent[],
    { webhooks = [], deliveries = [], only, actor = rootActor }: Given,
  ) {
    const reads = { urls: 0, lists: [] as (readonly [string, number])[], got: [] as (readonly string[])[] };
    const service = createExplainMany({
      deliveries: {
        list: ({ eventId, webhookId }, { limit }) => {
          const items = deliveries.filter(
            (one) => one.eventId === eventId && (webhookId === undefined || one.webhookId === webhookId),
          );
          return Promise.resolve({ items: items.slice(0, limit), nextCursor: null });
        },
      },
      webhooks: {
        getMany: (ids) => {
          reads.got.push(ids);
          return Promise.resolve(webhooks.filter(({ id }) => ids.includes(id)));
        },
        listSome: (app, limit) => {
          reads.lists.push([app, limit]);
          return Promise.resolve(webhooks.filter((one) => one.appId === app).slice(0, limit));
        },
      },
      views: {
        getUrl: ({ url }) => {
          reads.urls++;
          return url;
        },
      },
      findServicePause: () => undefined,
      clock: new FakeClock(),
      keepMs,
    });
    return { explained: await service(actor, events, { onlyWebhook: only }), reads };
  }

  const hooksOf = (count: number, change: Partial<Webhook> = {}) =>
    Array.from({ length: count }, (_, n) => aWebhook({ id: hook(n), createdAt: n, ...change }));

  it('decrypts the URL of each webhook once', async () => {
    const webhook = aWebhook();
    const events = Array.from({ length: 25 }, () => anEvent({ targets: [webhook.id] }));
    const { explained, reads } = await explainMany(events, { webhooks: [webhook] });
    expect(explained.flatMap(({ verdicts }) => verdicts.map(({ url }) => url))).toEqual(
      Array(25).fill(webhook.url),
    );
    expect(reads.urls).toBe(1);
  });

  it('reads the webhooks of each app once, and no target twice', async () => {
    const webhooks = [...hooksOf(2), aWebhook({ id: hook(7), appId: 'app_b' })];
    const targets = [hook(0), hook(1)];
    const events = [
      anEvent({ targets }),
      anEvent({ targets }),
      anEvent({ appId: 'app_b', targets: [hook(7)] }),
    ];
    const { explained, reads } = await explainMany(events, { webhooks });
    expect(explained.map(({ event, verdicts }) => [event.id, verdicts.length])).toEqual(
      events.map(({ id, targets: all }) => [id, all.length]),
    );
    expect(reads.lists).toEqual([
      [appId, 201],
      ['app_b', 201],
    ]);
    expect(reads.got.flat()).toEqual([]);
  });

  it('explains up to 100 targets in full, also beyond the webhooks that are listed', async () => {
    const webhooks = hooksOf(300);
    const targets = Array.from({ length: 100 }, (_, n) => hook(n + 200));
    const deliveries = targets.slice(1).map((id) => aDelivery(id, { eventId: 'evt_full' }));
    const { explained, reads } = await explainMany([anEvent({ id: 'evt_full', targets })], {
      webhooks,
      deliveries,
    });
    const verdicts = new Map(explained[0]?.verdicts.map((one) => [one.webhookId, one.verdict]));
    expect(targets.map((id) => verdicts.get(id))).toEqual([
      'no_record',
      ...targets.slice(1).map(() => 'delivered'),
    ]);
    expect(reads.got[0]).toHaveLength(99);
  });

  it('of more targets, explains those with the 100 latest deliveries, and says that there are more', async () => {
    const targets = Array.from({ length: 101 }, (_, n) => hook(n));
    const deliveries = targets.map((id) => aDelivery(id, { eventId: 'evt_wide' }));
    const event = anEvent({ id: 'evt_wide', targets });
    const { explained } = await explainMany([event], { webhooks: hooksOf(101), deliveries });
    expect(explained[0]?.verdicts.map(({ webhookId }) => webhookId)).toEqual(targets.slice(0, 100));
    expect(explained[0]).toMatchObject({ event: { id: 'evt_wide' }, isCapped: true });
  });

  it('explains 100 other webhooks, and says if there are more', async () => {
    const event = anEvent({ targets: [] });
    const all = await explainMany([event], { webhooks: hooksOf(100) });
    expect(all.explained[0]).toMatchObject({ isCapped: false });
    expect(all.explained[0]?.verdicts).toHaveLength(100);
    const capped = await explainMany([event], { webhooks: hooksOf(101) });
    expect(capped.explained[0]).toMatchObject({ isCapped: true });
    expect(capped.explained[0]?.verdicts).toHaveLength(100);
  });

  it('for one webhook, says only what it received', async () => {
    const [only, other] = [aWebhook({ id: hook(1), events: ['user.ban'] }), aWebhook({ id: hook(2) })];
    const wide = Array.from({ length: 200 }, (_, n) => hook(n));
    const events = [
      anEvent({ id: 'evt_target', targets: wide }),
      anEvent({ id: 'evt_ping', targets: [] }),
      anEvent({ id: 'evt_other', targets: [other.id] }),
    ];
    const deliveries = [
      aDelivery(only.id, { eventId: 'evt_target', status: 'failed', reason: 'gone' }),
      aDelivery(only.id, { eventId: 'evt_target' }),
      aDelivery(other.id, { eventId: 'evt_target' }),
      aDelivery(only.id, { eventId: 'evt_ping' }),
      aDelivery(other.id, { eventId: 'evt_other' }),
    ];
    const { explained, reads } = await explainMany(events, { webhooks: [only, other], deliveries, only });
    const found = explained.flatMap(({ event, verdicts, isCapped }) =>
      verdicts.map(({ webhookId, verdict }) => [event.id, webhookId, verdict, isCapped]),
    );
    expect(found).toEqual([
      ['evt_target', only.id, 'failed', false],
      ['evt_ping', only.id, 'delivered', false],
      ['evt_other', only.id, 'not_subscribed', false],
    ]);
    expect(reads.lists).toEqual([]);
  });

  it('says what became of deleted webhooks, without a URL, after the others', async () => {
    const kept = aWebhook({ id: hook(1) });
    const event = anEvent({ id: 'evt_gone', targets: [hook(9), kept.id] });
    const deliveries = [
      aDelivery(hook(9), { eventId: 'evt_gone' }),
      aDelivery(kept.id, { eventId: 'evt_gone' }),
    ];
    const { explained } = await explainMany([event], { webhooks: [kept], deliveries });
    expect(explained[0]?.verdicts).toMatchObject([
      { webhookId: kept.id, url: kept.url },
      { webhookId: hook(9), verdict: 'delivered', url: null, description: null },
    ]);
  });

  it.each([
    ['webhooks:read', 'Billing'],
    ['deliveries:read', null],
  ] as const)('to a key with events:read and %s, shows the description %o', async (scope, shown) => {
    const webhook = aWebhook({ description: 'Billing' });
    const actor = keyActor('acc_a', ['events:read', scope]);
    const { explained } = await explainMany([anEvent({ targets: [] })], { webhooks: [webhook], actor });
    expect(explained[0]?.verdicts).toMatchObject([{ description: shown, url: webhook.url }]);
  });
});
