import { expect, it } from 'vitest';
import type { SystemAudit } from '@tocsin/shared';
import { mergeAudits, toExitCode, toText } from '../../../server/src/cli/audit.ts';

const clean: SystemAudit = {
  window: { from: '2026-11-24T00:00:00.000Z', to: '2026-11-24T12:00:00.000Z' },
  events: 2,
  expected: 3,
  delivered: 1,
  pending: 1,
  failed: 1,
  cancelled: 0,
  reasons: [
    { status: 'delivered', reason: 'none', count: 1 },
    { status: 'failed', reason: 'retries_exhausted', count: 1 },
  ],
  unexplained: 0,
  findings: [],
  next: null,
};
const finding = { kind: 'event_without_delivery', id: 'evt_1', detail: 'owes webhook wh_1' } as const;

it('exits with 0 without discrepancies, and with 3 if there are any', () => {
  expect(toExitCode(clean)).toBe(0);
  expect(toExitCode({ ...clean, unexplained: 1 })).toBe(3);
});

it('prints the counts, each reason and each finding on a line', () => {
  expect(toText({ ...clean, unexplained: 1, findings: [finding] }).split('\n')).toEqual([
    '2026-11-24T00:00:00.000Z to 2026-11-24T12:00:00.000Z: 2 events, 3 deliveries expected',
    '1 delivered, 1 pending, 1 failed, 0 cancelled, 1 unexplained',
    '  1 failed: retries_exhausted',
    'event_without_delivery evt_1: owes webhook wh_1',
  ]);
});

it('adds up the parts of a large window', () => {
  const sum = mergeAudits({ ...clean, next: 'evt_2' }, { ...clean, unexplained: 1, findings: [finding] });
  expect(sum).toMatchObject({
    events: 4,
    expected: 6,
    delivered: 2,
    unexplained: 1,
    findings: [finding],
    next: null,
  });
  expect(sum.reasons).toContainEqual({ status: 'failed', reason: 'retries_exhausted', count: 2 });
});
