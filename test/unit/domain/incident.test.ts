import { describe, expect, it } from 'vitest';
import {
  afterClosure,
  afterFailures,
  hourMs,
  isIncidentOpen,
  quietMs,
  toHour,
  toIncidentId,
  type IncidentFailures,
} from '../../../server/src/domain/incident.ts';

const start = Date.parse('2026-01-01T10:30:00.000Z');
const failures = (change: Partial<IncidentFailures> = {}): IncidentFailures => ({
  id: 'inc_1_timeout',
  webhookId: 'wh_1',
  appId: 'app_a',
  accountId: 'acc_a',
  reason: 'timeout',
  statusCode: null,
  attempts: 2,
  firstAt: start,
  lastAt: start + 1_000,
  ...change,
});

it('the id of an incident has the webhook, the reason and the status', () => {
  expect(toIncidentId('wh_1', 'timeout', null)).toBe('inc_1_timeout');
  expect(toIncidentId('wh_1', 'http_status', 503)).toBe('inc_1_http_status_503');
});

describe('failures', () => {
  it('open an incident', () => {
    const { attempts: _, firstAt, lastAt, ...identity } = failures();
    expect(afterFailures(undefined, failures())).toEqual({
      ...identity,
      firstSeenAt: firstAt,
      openedAt: firstAt,
      lastSeenAt: lastAt,
      failedAttempts: 2,
      hourly: [{ at: toHour(start), attempts: 2 }],
      endsAt: null,
      closedBy: null,
      snoozedUntil: null,
      snoozedByOperator: false,
      note: null,
    });
  });

  it('go on with one that is open, whatever their order', () => {
    const open = { ...afterFailures(undefined, failures()), note: 'Known', snoozedUntil: 1 };
    const earlier = failures({ firstAt: start - 1, lastAt: start, attempts: 1 });
    expect(afterFailures(open, earlier)).toMatchObject({
      firstSeenAt: start - 1,
      openedAt: start,
      lastSeenAt: start + 1_000,
      failedAttempts: 3,
      hourly: [{ at: toHour(start), attempts: 3 }],
      note: 'Known',
      snoozedUntil: 1,
    });
  });

  it('begin a new occurrence of one that has ended', () => {
    const closed = {
      ...afterFailures(undefined, failures()),
      endsAt: start + 5_000,
      closedBy: 'success' as const,
    };
    const next = (firstAt: number) =>
      afterFailures(closed, failures({ firstAt, lastAt: firstAt, attempts: 1 }));
    expect(next(start + 4_999)).toMatchObject({ openedAt: start, failedAttempts: 3, endsAt: null });
    expect(next(start + 5_000)).toMatchObject({
      firstSeenAt: start,
      openedAt: start + 5_000,
      failedAttempts: 1,
      endsAt: null,
      closedBy: null,
    });
  });

  it('are kept by hour for a day', () => {
    let incident = afterFailures(undefined, failures());
    for (const hours of [1, 23, 24]) {
      const at = start + hours * hourMs;
      incident = afterFailures(incident, failures({ firstAt: at, lastAt: at, attempts: hours }));
    }
    expect(incident.hourly).toEqual(
      [1, 23, 24].map((hours) => ({ at: toHour(start) + hours * hourMs, attempts: hours })),
    );
  });
});

describe('the end of an incident', () => {
  const open = afterFailures(undefined, failures());
  const { lastSeenAt } = open;

  it('by a success comes some time after the last failure', () => {
    const at = lastSeenAt + 1;
    const closed = afterClosure(open, { at, by: 'success' });
    expect(closed).toEqual({ ...open, endsAt: lastSeenAt + quietMs, closedBy: 'success' });
    expect(isIncidentOpen(closed, lastSeenAt + quietMs - 1)).toBe(true);
    expect(isIncidentOpen(closed, lastSeenAt + quietMs)).toBe(false);
    const later = lastSeenAt + quietMs + 1;
    expect(afterClosure(open, { at: later, by: 'success' }).endsAt).toBe(later);
  });

  it('is not moved by a further success, but by the webhook being disabled', () => {
    const closing = afterClosure(open, { at: lastSeenAt + 1, by: 'success' });
    expect(afterClosure(closing, { at: lastSeenAt + 2, by: 'success' })).toBe(closing);
    const disabled = afterClosure(closing, { at: lastSeenAt + 2, by: 'disabled' });
    expect(disabled).toEqual({ ...open, endsAt: lastSeenAt + 2, closedBy: 'disabled' });
    expect(afterClosure(disabled, { at: lastSeenAt + 3, by: 'disabled' })).toBe(disabled);
  });

  it('is not caused by what happened before the last failure', () => {
    expect(afterClosure(open, { at: lastSeenAt, by: 'success' })).toBe(open);
    expect(afterClosure(open, { at: lastSeenAt, by: 'disabled' })).toBe(open);
  });
});
