import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../server/src/domain/delivery.ts';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { AlertStore } from '../../server/src/domain/ports/alert-store.ts';
import type {
  EndpointWatchStore,
  OperationalNotice,
} from '../../server/src/domain/ports/endpoint-watch-store.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import {
  aMonitorCursor,
  anAlertChannel,
  anAlertMessage,
  anAlertRule,
  anEndpointWatch,
  anOpenAlert,
} from '../support/alert-builders.ts';
import { anEvent, aWebhook } from '../support/builders.ts';

export interface AlertsHarness extends AsyncDisposable {
  readonly alerts: AlertStore;
  readonly watches: EndpointWatchStore;
  putWebhook(webhook: Webhook): Promise<void>;
  putDelivery(delivery: Delivery): Promise<void>;
  /** Stores an event with an open outbox entry. */
  putOwed(event: AcceptedEvent): Promise<void>;
}

const start = Date.parse('2026-01-01T00:00:00.000Z');
const minute = 60_000;
const firstPage = { cursor: undefined, limit: 50 };

/** What is stored of alerts, and of the monitor of endpoints. */
export function alertsContract(name: string, open: () => Promise<AlertsHarness>): void {
  channelsAndRules(name, open);
  openAlerts(name, open);
  monitor(name, open);
  findings(name, open);
}

function channelsAndRules(name: string, open: () => Promise<AlertsHarness>): void {
  describe(`${name}: channels and rules`, () => {
    it('belong to an owner, and are limited for each', async () => {
      await using h = await open();
      const [ours, theirs] = [anAlertChannel(), anAlertChannel({ accountId: 'acc_1111' })];
      expect(await h.alerts.insertChannel(ours, 1)).toBe(true);
      expect(await h.alerts.insertChannel(anAlertChannel(), 1)).toBe(false);
      expect(await h.alerts.insertChannel(theirs, 1)).toBe(true);
      expect((await h.alerts.listChannels(null, firstPage)).items).toEqual([ours]);
      expect((await h.alerts.listChannels('acc_1111', firstPage)).items).toEqual([theirs]);
      expect(await h.alerts.insertRule(anAlertRule({ accountId: 'acc_1111' }), 1)).toBe(true);
      expect(await h.alerts.insertRule(anAlertRule({ accountId: 'acc_1111' }), 1)).toBe(false);
      expect((await h.alerts.listRules(null, firstPage)).items).toEqual([]);
    });

    it('are listed in pages, and change in the given fields only', async () => {
      await using h = await open();
      const rules = [anAlertRule(), anAlertRule(), anAlertRule()].sort((a, b) => (a.id < b.id ? 1 : -1));
      for (const rule of rules) await h.alerts.insertRule(rule, 10);
      const page = await h.alerts.listRules(null, { cursor: undefined, limit: 2 });
      expect(page.items).toEqual(rules.slice(0, 2));
      const next = { cursor: page.nextCursor ?? '', limit: 2 };
      expect(await h.alerts.listRules(null, next)).toEqual({ items: rules.slice(2), nextCursor: null });
      const [rule = anAlertRule()] = rules;
      const changed = await h.alerts.updateRule(rule.id, { enabled: false, updatedAt: 5 });
      expect(changed).toEqual({ ...rule, enabled: false, updatedAt: 5 });
      expect(await h.alerts.getRule(rule.id)).toEqual(changed);
      expect((await h.alerts.listEnabledRules(10)).map(({ id }) => id)).not.toContain(rule.id);
      expect(await h.alerts.updateRule('alr_missing', { updatedAt: 5 })).toBeUndefined();
    });

    it('a deleted channel is in no rule, and its waiting messages fail', async () => {
      await using h = await open();
      const [gone, kept] = [anAlertChannel(), anAlertChannel()];
      const rule = anAlertRule({ channelIds: [gone.id, kept.id] });
      for (const channel of [gone, kept]) await h.alerts.insertChannel(channel, 10);
      await h.alerts.insertRule(rule, 10);
      const messages = [
        anAlertMessage(start, { channelId: gone.id }),
        anAlertMessage(start + 1, { channelId: gone.id, status: 'sent', nextAt: null, sentAt: start }),
        anAlertMessage(start + 2, { channelId: kept.id }),
      ];
      await h.alerts.apply({ opened: [], told: [], closed: [], messages });
      expect(await h.alerts.deleteChannel(gone.id)).toBe(true);
      expect(await h.alerts.deleteChannel(gone.id)).toBe(false);
      expect(await h.alerts.getChannels([gone.id, kept.id])).toEqual([kept]);
      expect(await h.alerts.getRule(rule.id)).toMatchObject({ channelIds: [kept.id] });
      const { items } = await h.alerts.listMessages({}, firstPage);
      expect(items.map(({ status }) => status)).toEqual(['waiting', 'sent', 'failed']);
    });
  });
}

function openAlerts(name: string, open: () => Promise<AlertsHarness>): void {
  describe(`${name}: open alerts and messages`, () => {
    it('are opened, told of and closed together with their messages', async () => {
      await using h = await open();
      const rule = anAlertRule();
      const [a, b] = [
        anOpenAlert({ id: `${rule.id}:a`, ruleId: rule.id }),
        anOpenAlert({ id: `${rule.id}:b`, ruleId: rule.id }),
      ];
      const message = anAlertMessage(start);
      await h.alerts.apply({ opened: [b, a], told: [], closed: [], messages: [message] });
      expect(await h.alerts.listOpen(undefined, 10)).toEqual([a, b]);
      expect(await h.alerts.listOpen(a.id, 10)).toEqual([b]);
      expect(await h.alerts.listOpenOf(['alr_other'], 10)).toEqual([]);
      expect(await h.alerts.listOpenOf([rule.id, 'alr_other'], 10)).toHaveLength(2);
      expect(await h.alerts.listOpenOf([rule.id], 1)).toHaveLength(1);
      expect(await h.alerts.countOpen([rule.id, 'alr_other'], 1)).toEqual(
        new Map([
          [rule.id, 1],
          ['alr_other', 0],
        ]),
      );
      await h.alerts.apply({ opened: [], told: [{ ...a, toldAt: 7 }], closed: [b.id], messages: [] });
      expect(await h.alerts.listOpen(undefined, 10)).toEqual([{ ...a, toldAt: 7 }]);
      expect((await h.alerts.listMessages({}, firstPage)).items).toEqual([message]);
      await h.alerts.insertRule(rule, 10);
      expect(await h.alerts.deleteRule(rule.id)).toBe(true);
      expect(await h.alerts.listOpen(undefined, 10)).toEqual([]);
    });

    it('messages of a channel are counted, left out and postponed together', async () => {
      await using h = await open();
      const [a, b] = ['ach_00000000000a', 'ach_00000000000b'];
      const messages = [
        anAlertMessage(start, { channelId: a }),
        anAlertMessage(start, { channelId: a, nextAt: start + 9 * minute }),
        anAlertMessage(start, { channelId: a, status: 'sent', nextAt: null }),
        anAlertMessage(start, { channelId: b }),
      ];
      await h.alerts.apply({ opened: [], told: [], closed: [], messages });
      const [first, later, , other] = messages;
      expect(await h.alerts.countWaiting([a, b, 'ach_c'], 9)).toEqual(
        new Map([
          [a, 2],
          [b, 1],
          ['ach_c', 0],
        ]),
      );
      expect((await h.alerts.countWaiting([a], 1)).get(a)).toBe(1);
      expect(await h.alerts.listDue(start, 10, [a])).toEqual([other]);
      await h.alerts.postpone(a, start + 2 * minute);
      expect(await h.alerts.listDue(start, 10)).toEqual([other]);
      expect(await h.alerts.listDue(start + 2 * minute, 10, [b])).toEqual([
        { ...first, nextAt: start + 2 * minute },
      ]);
      expect(await h.alerts.listDue(start + 9 * minute, 10, [b])).toContainEqual(later);
    });

    it('messages are due in their order until they have a result', async () => {
      await using h = await open();
      const [late, early, ended] = [
        anAlertMessage(start, { nextAt: start + minute }),
        anAlertMessage(start + 1, { nextAt: start }),
        anAlertMessage(start + 2, { status: 'sent', nextAt: null, sentAt: start, accountId: 'acc_1111' }),
      ];
      await h.alerts.apply({ opened: [], told: [], closed: [], messages: [late, early, ended] });
      expect(await h.alerts.listDue(start, 10)).toEqual([early]);
      expect(await h.alerts.listDue(start + minute, 10)).toEqual([early, late]);
      const result = { status: 'failed', tries: 6, nextAt: null, sentAt: null, error: 'timeout' } as const;
      await h.alerts.setResult(early.id, result);
      expect(await h.alerts.listDue(start + minute, 10)).toEqual([late]);
      expect((await h.alerts.listMessages({ status: 'failed' }, firstPage)).items).toEqual([
        { ...early, ...result },
      ]);
      expect((await h.alerts.listMessages({ accountId: 'acc_1111' }, firstPage)).items).toEqual([ended]);
    });
  });
}

function monitor(name: string, open: () => Promise<AlertsHarness>): void {
  const cursor = aMonitorCursor(start);
  const notice: OperationalNotice = {
    id: 'wh_1:failing:1',
    accountId: 'acc_a',
    type: 'endpoint.failing',
    data: { webhookId: 'wh_1' },
    at: start,
  };
  const none = { watches: [], forgotten: [], notices: [] };

  describe(`${name}: the monitor`, () => {
    it('has one process at a time, which goes on where the last one was', async () => {
      await using h = await open();
      expect(await h.watches.takeLease('p1', start, start + minute, cursor)).toEqual(cursor);
      expect(await h.watches.takeLease('p2', start + 1, start + minute, cursor)).toBeUndefined();
      const later = aMonitorCursor(start + 5_000);
      expect(await h.watches.apply({ ...none, holder: 'p1', cursor: later })).toBe(true);
      expect(await h.watches.takeLease('p2', start + minute, start + 2 * minute, cursor)).toEqual(later);
      expect(await h.watches.apply({ ...none, holder: 'p1', notices: [notice], cursor })).toBe(false);
      expect(await h.watches.listNotices(10)).toEqual([]);
      await h.watches.releaseLease('p2');
      expect(await h.watches.takeLease('p1', start + minute + 1, start + 3 * minute, cursor)).toEqual(later);
    });

    it('stores what it saw with the events about it, and a repeated step adds nothing', async () => {
      await using h = await open();
      await h.watches.takeLease('p1', start, start + minute, cursor);
      const [a, b] = [
        anEndpointWatch({ webhookId: 'wh_00000000000a', since: start }),
        anEndpointWatch({ webhookId: 'wh_00000000000b', since: start + 1 }),
      ];
      const step = { holder: 'p1', watches: [a, b], forgotten: [], notices: [notice], cursor };
      expect(await h.watches.apply(step)).toBe(true);
      expect(await h.watches.apply({ ...step, notices: [{ ...notice, at: start + 9 }] })).toBe(true);
      expect(await h.watches.listNotices(10)).toEqual([notice]);
      expect(await h.watches.listNewest(10)).toEqual([b, a]);
      expect(await h.watches.listNewest(1)).toEqual([b]);
      expect(await h.watches.listAfter(undefined, 1)).toEqual([a]);
      expect(await h.watches.listAfter(a.webhookId, 10)).toEqual([b]);
      expect(await h.watches.getMany([b.webhookId, 'wh_missing'])).toEqual([b]);
      await h.watches.apply({
        ...step,
        watches: [{ ...a, state: 'paused' }],
        forgotten: [b.webhookId],
        notices: [],
      });
      expect(await h.watches.listAfter(undefined, 10)).toEqual([{ ...a, state: 'paused' }]);
      await h.watches.removeNotices([notice.id]);
      expect(await h.watches.listNotices(10)).toEqual([]);
    });
  });
}

function findings(name: string, open: () => Promise<AlertsHarness>): void {
  const deliveryOf = (webhookId: string, finishedAt: number, status: Delivery['status']): Delivery => {
    const { id, appId, accountId, type } = anEvent({ acceptedAt: finishedAt });
    return {
      id: toDeliveryId(id, 0),
      eventId: id,
      appId,
      accountId,
      webhookId,
      type,
      status,
      reason: null,
      attempts: [],
      attemptCount: 1,
      dueAt: null,
      createdAt: finishedAt,
      finishedAt,
    };
  };

  describe(`${name}: what the monitor looks for`, () => {
    it('webhooks that the platform disabled', async () => {
      await using h = await open();
      const disabled = (updatedAt: number, disabledReason: Webhook['disabledReason']) =>
        aWebhook({ enabled: false, disabledReason, updatedAt });
      const [old, recent, last, byUser] = [
        disabled(start - 1, 'gone'),
        disabled(start, 'failing_too_long'),
        disabled(start + 5, 'gone'),
        disabled(start + 3, 'by_user'),
      ];
      for (const webhook of [last, byUser, old, recent]) await h.putWebhook(webhook);
      const toFound = ({ id, updatedAt }: Webhook) => ({ webhookId: id, updatedAt });
      expect(await h.watches.findDisabled(start, 10)).toEqual([recent, last].map(toFound));
      expect(await h.watches.findDisabled(start, 1)).toEqual([recent].map(toFound));
    });

    it('deliveries that failed for good in a time, by webhook', async () => {
      await using h = await open();
      for (const [webhookId, at, status] of [
        ['wh_00000000000a', start, 'failed'],
        ['wh_00000000000a', start + 1, 'failed'],
        ['wh_00000000000a', start + 2, 'delivered'],
        ['wh_00000000000b', start + minute - 1, 'failed'],
        ['wh_00000000000b', start + minute, 'failed'],
        ['wh_00000000000b', start - 1, 'failed'],
      ] as const) {
        await h.putDelivery(deliveryOf(webhookId, at, status));
      }
      expect(await h.watches.countFailed(start, start + minute, 100)).toEqual({
        counts: [
          { webhookId: 'wh_00000000000a', count: 2 },
          { webhookId: 'wh_00000000000b', count: 1 },
        ],
        isCapped: false,
      });
      expect((await h.watches.countFailed(start, start + minute, 2)).isCapped).toBe(true);
    });

    it('secrets and client certificates that end in a time', async () => {
      await using h = await open();
      const ends = [start - 1, start + 2, start + minute];
      const withSecrets = aWebhook({ previousSecrets: ends.map((until) => ({ sealed: 's', until })) });
      const certificate = { sealed: 's', subject: 'CN=a', fingerprint: 'AB', expiresAt: start + 5 };
      const withCertificate = aWebhook({ clientCertificate: certificate });
      for (const webhook of [withSecrets, withCertificate, aWebhook()]) await h.putWebhook(webhook);
      expect(await h.watches.findExpiring('previous_secret', start, start + minute, 10)).toEqual([
        { webhookId: withSecrets.id, kind: 'previous_secret', expiresAt: start + 2 },
      ]);
      expect(await h.watches.findExpiring('client_certificate', start, start + minute, 10)).toEqual([
        { webhookId: withCertificate.id, kind: 'client_certificate', expiresAt: start + 5 },
      ]);
      expect(await h.watches.findExpiring('client_certificate', start + 6, start + minute, 10)).toEqual([]);
    });

    it('the oldest event that waits for its first attempt', async () => {
      await using h = await open();
      expect(await h.watches.findOldestOwed()).toBeNull();
      await h.putOwed(anEvent({ acceptedAt: start + 7 }));
      await h.putOwed(anEvent({ acceptedAt: start + 3 }));
      expect(await h.watches.findOldestOwed()).toBe(start + 3);
    });
  });
}
