import { expect, it } from 'vitest';
import { exitCodeOf, wordsOf, type AuditResult } from '../../../server/src/cli/audit.ts';

const clean: AuditResult = {
  window: { from: '2026-11-24T00:00:00.000Z', to: '2026-11-24T12:00:00.000Z' },
  events: 2,
  expected: 3,
  delivered: 1,
  pending: 1,
  failed: 1,
  cancelled: 0,
  unexplained: 0,
  findings: [],
};
const finding = { kind: 'missing', id: 'evt_1', detail: 'target 0 has no delivery' };

it('ends with 0 when all is explained, also with failures, and with 3 when something is not', () => {
  expect(exitCodeOf(clean)).toBe(0);
  expect(exitCodeOf({ ...clean, unexplained: 1 })).toBe(3);
  expect(exitCodeOf({ ...clean, findings: [finding] })).toBe(3);
});

it('tells the counts in two lines and each finding in one', () => {
  expect(wordsOf({ ...clean, findings: [finding] }).split('\n')).toEqual([
    '2026-11-24T00:00:00.000Z to 2026-11-24T12:00:00.000Z: 2 events, 3 deliveries expected',
    '1 delivered, 1 pending, 1 failed, 0 cancelled, 0 unexplained',
    'missing evt_1: target 0 has no delivery',
  ]);
});
