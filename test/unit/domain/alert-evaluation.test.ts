import type { AlertTarget } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { toAlertId, type AlertRule, type OpenAlert } from '../../../server/src/domain/alert.ts';
import { findQueueAlert, isFiring, toRuleChanges } from '../../../server/src/domain/alert-evaluation.ts';
import { anAlertRule, anEndpointWatch } from '../../support/alert-builders.ts';

const now = Date.parse('2026-01-10T00:00:00.000Z');
const minute = 60_000;
const day = 24 * 60 * minute;
const facts = { now, disableAfterMs: 5 * day };

describe('a rule', () => {
  const fires = (rule: Partial<AlertRule>, watch: Parameters<typeof anEndpointWatch>[0]) =>
    isFiring(anAlertRule(rule), anEndpointWatch(watch), facts);

  it('of failing endpoints waits for its time, and counts the time before a pause', () => {
    const rule = { kind: 'failing', afterSeconds: 600 } as const;
    expect(fires(rule, { state: 'failing', unhealthySince: now - 10 * minute + 1 })).toBe(false);
    expect(fires(rule, { state: 'failing', unhealthySince: now - 10 * minute })).toBe(true);
    expect(fires(rule, { state: 'paused', since: now, unhealthySince: now - 10 * minute })).toBe(true);
    expect(fires(rule, { state: 'disabled', unhealthySince: 0 })).toBe(false);
    expect(fires(rule, { state: 'healthy', unhealthySince: 0 })).toBe(false);
  });

  it('of paused endpoints counts from the pause on', () => {
    const rule = { kind: 'paused', afterSeconds: 300 } as const;
    expect(fires(rule, { state: 'paused', since: now - 5 * minute + 1 })).toBe(false);
    expect(fires(rule, { state: 'paused', since: now - 5 * minute })).toBe(true);
    expect(fires(rule, { state: 'failing', since: 0 })).toBe(false);
  });

  it('warns a day before a webhook is disabled', () => {
    const rule = { kind: 'disable_warning', afterSeconds: 86_400 } as const;
    expect(fires(rule, { state: 'failing', unhealthySince: now - 4 * day + 1 })).toBe(false);
    expect(fires(rule, { state: 'failing', unhealthySince: now - 4 * day })).toBe(true);
    expect(fires(rule, { state: 'disabled', unhealthySince: now - 4 * day })).toBe(false);
  });

  it('of an account sees its own endpoints only', () => {
    const rule = { kind: 'disabled', accountId: 'acc_1111' } as const;
    expect(fires(rule, { state: 'disabled', accountId: 'acc_1111' })).toBe(true);
    expect(fires(rule, { state: 'disabled', accountId: 'acc_2222' })).toBe(false);
    expect(fires({ ...rule, accountId: null }, { state: 'disabled', accountId: 'acc_2222' })).toBe(true);
  });

  it('of the queue compares what waits', () => {
    const backlog = anAlertRule({ kind: 'backlog', waiting: 100 });
    expect(findQueueAlert(backlog, { pending: 99, oldestOwedAt: 0 }, now)).toBeUndefined();
    expect(findQueueAlert(backlog, { pending: 100, oldestOwedAt: null }, now)?.since).toBe(now);
    const lag = anAlertRule({ kind: 'lag', afterSeconds: 60 });
    expect(findQueueAlert(lag, { pending: 9_999, oldestOwedAt: null }, now)).toBeUndefined();
    expect(findQueueAlert(lag, { pending: 0, oldestOwedAt: now - minute + 1 }, now)).toBeUndefined();
    expect(findQueueAlert(lag, { pending: 0, oldestOwedAt: now - minute }, now)).toEqual({
      since: now - minute,
      detail: 'the oldest event has waited 60 s for its first attempt',
    });
  });
});

describe('the alerts of a rule', () => {
  const rule = anAlertRule({ remindAfterSeconds: 3_600 });
  const target = (webhookId: string): AlertTarget => ({
    webhookId,
    appId: 'app_1',
    accountId: 'acc_1111',
    label: 'example.com',
    detail: 'fails',
    since: new Date(now).toISOString(),
  });
  const [a, b] = [target('wh_00000000000a'), target('wh_00000000000b')];
  const open = (of: AlertTarget, toldAt: number): OpenAlert => ({
    id: toAlertId(rule.id, of.webhookId),
    ruleId: rule.id,
    accountId: null,
    target: of,
    openedAt: toldAt,
    toldAt,
  });
  const none = new Set<string>();

  it('open once for each target, until it is over', () => {
    const first = toRuleChanges(rule, { firing: [a, b], open: [open(a, now)], snoozed: none }, now);
    expect(first.opened.map(({ target: { webhookId } }) => webhookId)).toEqual([b.webhookId]);
    expect([first.told, first.closed]).toEqual([[], []]);
    const later = toRuleChanges(
      rule,
      { firing: [b], open: [open(a, now), open(b, now)], snoozed: none },
      now,
    );
    expect(later.closed.map(({ target: { webhookId } }) => webhookId)).toEqual([a.webhookId]);
    expect([later.opened, later.told]).toEqual([[], []]);
  });

  it('are told of again after the reminder interval, or never', () => {
    const found = { firing: [a], open: [open(a, now - 3_600_000)], snoozed: none };
    expect(toRuleChanges(rule, found, now - 1).told).toEqual([]);
    expect(toRuleChanges(rule, found, now).told).toMatchObject([{ toldAt: now }]);
    expect(toRuleChanges({ ...rule, remindAfterSeconds: null }, found, now + day).told).toEqual([]);
  });

  it('are neither opened nor told of while their webhook is snoozed, and stay open', () => {
    const snoozed = new Set([a.webhookId ?? '', b.webhookId ?? '']);
    const found = { firing: [a, b], open: [open(a, now - 3_600_000)], snoozed };
    expect(toRuleChanges(rule, found, now)).toEqual({ opened: [], told: [], closed: [] });
  });
});
