import type { AlertKind, AlertTarget } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { toAlertEvent, toDetails, toTitle } from '../../../../server/src/services/alerts/alert-event.ts';
import { describeEndpoint } from '../../../../server/src/services/alerts/describe-endpoint.ts';
import { anAlertMessage, anEndpointWatch } from '../../../support/alert-builders.ts';

const target: AlertTarget = {
  webhookId: 'wh_1',
  appId: 'app_1',
  accountId: 'acc_a',
  label: 'hooks.test',
  detail: '3 failures in a row',
  since: '2026-01-01T10:20:30.000Z',
};
const queue: AlertTarget = { ...target, webhookId: null, appId: null, label: 'the queue of all accounts' };

describe('the title of a message', () => {
  it.each<[AlertKind, number, string]>([
    ['failing', 1, '1 webhook failing'],
    ['failing', 2, '2 webhooks failing'],
    ['paused', 3, '3 webhooks paused'],
    ['disabled', 1, '1 webhook disabled'],
    ['disable_warning', 2, '2 webhooks about to be disabled'],
    ['backlog', 1, 'Many deliveries are waiting'],
    ['lag', 1, 'Sending is behind'],
  ])('of %s names what happened to %i', (alert, count, title) => {
    expect(toTitle({ kind: 'opened', alert, count })).toBe(title);
  });

  it('tells a reminder, the end and a test apart', () => {
    expect(toTitle({ kind: 'reminder', alert: 'paused', count: 1 })).toBe('Not over: 1 webhook paused');
    expect(toTitle({ kind: 'resolved', alert: 'paused', count: 1 })).toBe('Over: 1 webhook paused');
    expect(toTitle({ kind: 'test', alert: null, count: 0 })).toBe('Test alert');
    expect(toTitle({ kind: 'test', alert: 'paused', count: 1 })).toBe('Test alert');
  });
});

describe('the details of a message', () => {
  it('have a line for each target, and count the others', () => {
    const message = anAlertMessage(0, { kind: 'opened', targets: [target, queue], count: 5 });
    expect(toDetails(message)).toBe(
      'hooks.test [wh_1, app app_1]: 3 failures in a row, since 2026-01-01T10:20Z\n' +
        'the queue of all accounts: 3 failures in a row, since 2026-01-01T10:20Z\n' +
        'and 3 more',
    );
  });

  it('of the end say what is over, not what it was like', () => {
    const message = anAlertMessage(0, { kind: 'resolved', targets: [target], count: 1 });
    expect(toDetails(message)).toBe('hooks.test [wh_1, app app_1]');
  });

  it('of a test say that the channel works', () => {
    const message = anAlertMessage(0, { kind: 'test' });
    expect(toDetails(message)).toBe('This channel works. Alerts of its rules arrive here.');
  });
});

it('a message is an event with all of it', () => {
  const message = anAlertMessage(1_000, {
    kind: 'opened',
    alert: 'failing',
    ruleId: 'alr_1',
    ruleName: 'Failing',
    accountId: 'acc_a',
    targets: [target],
    count: 1,
  });
  const { dataText, presentation, ...event } = toAlertEvent(message, 'alm_1');
  expect(event).toMatchObject({
    id: 'alm_1',
    accountId: 'acc_a',
    type: 'alert.opened',
    timestamp: '1970-01-01T00:00:01.000Z',
    acceptedAt: 1_000,
    targets: [],
  });
  expect(JSON.parse(dataText)).toEqual({
    title: '1 webhook failing',
    rule: 'Failing',
    count: 1,
    details: toDetails(message),
    kind: 'opened',
    alert: 'failing',
    ruleId: 'alr_1',
    accountId: 'acc_a',
    targets: [target],
  });
  expect(presentation).toEqual({
    fields: ['title', 'rule', 'count', 'details', 'kind', 'alert', 'ruleId', 'accountId', 'targets'],
    message: {
      title: '1 webhook failing',
      kind: 'removal',
      paragraph: 'details',
      fields: [{ key: 'rule', label: 'Rule', style: 'name' }],
    },
  });
});

describe('what is wrong with an endpoint', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  const now = 1_000 * hour;
  const facts = { now, disableAfterMs: 120 * hour };
  const describeSince = (ms: number, change: Parameters<typeof anEndpointWatch>[0] = {}) =>
    describeEndpoint('failing', anEndpointWatch({ unhealthySince: now - ms, ...change }), facts);

  it.each([
    [0, '1 min'],
    [59 * minute, '59 min'],
    [hour, '1 h'],
    [47 * hour, '47 h'],
    [48 * hour, '2 days'],
  ])('says how long it fails: %i ms', (ms, span) => {
    expect(describeSince(ms)).toBe(`3 failures in a row for ${span}, last: the request timed out`);
  });

  it('says what state it is in', () => {
    expect(describeSince(hour, { reason: null })).toBe('3 failures in a row for 1 h');
    expect(describeSince(hour, { state: 'paused' })).toBe(
      'paused: 3 failures in a row for 1 h, last: the request timed out',
    );
    expect(describeSince(hour, { state: 'disabled', reason: 'gone' })).toBe(
      'disabled because the endpoint returned 410 Gone',
    );
    expect(describeSince(hour, { state: 'disabled', reason: null })).toBe(
      'disabled after days of continuous failures',
    );
  });

  it('says when it will be disabled', () => {
    const watch = anEndpointWatch({ unhealthySince: now - 100 * hour });
    expect(describeEndpoint('disable_warning', watch, facts)).toBe(
      'will be disabled in 20 h: 3 failures in a row for 4 days, last: the request timed out',
    );
  });
});
