import type { AttemptReason, StatusClass } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../server/src/domain/delivery.ts';
import { hasCause, hasStatusClass, tookAtLeast } from '../../../server/src/domain/delivery-match.ts';

/** A delivery whose last attempt got a status, after one that timed out. `as`: filters read nothing else. */
const attempted = (statusCode: number | null, reason: AttemptReason | null = null, durationMs = 0) =>
  ({
    status: 'failed',
    attempts: [
      { statusCode: null, reason: 'timeout', durationMs: 9 },
      { statusCode, reason, durationMs },
    ],
  }) as unknown as Delivery;
const untried = { status: 'pending', attempts: [] } as unknown as Delivery;

describe('a filter of deliveries', () => {
  it.each<[StatusClass, number]>([
    ['1xx', 100],
    ['2xx', 200],
    ['3xx', 300],
    ['4xx', 400],
    ['5xx', 500],
  ])('by the class %s looks at the last status', (statusClass, lowest) => {
    const has = (status: number | null) => hasStatusClass(attempted(status), statusClass);
    expect([lowest - 1, lowest, lowest + 99, lowest + 100].map(has)).toEqual([false, true, true, false]);
    expect(has(null)).toBe(false);
    expect(hasStatusClass(untried, statusClass)).toBe(false);
  });

  it('by no status matches an attempt without a response', () => {
    expect(hasStatusClass(attempted(null), 'none')).toBe(true);
    expect(hasStatusClass(attempted(200), 'none')).toBe(false);
    expect(hasStatusClass(untried, 'none')).toBe(false);
  });

  it('by cause looks at the last attempt of a delivery that is not delivered', () => {
    const delivery = attempted(null, 'dns_failed');
    expect(hasCause(delivery, 'dns_failed')).toBe(true);
    expect(hasCause(delivery, 'timeout')).toBe(false);
    expect(hasCause({ ...delivery, status: 'delivered' }, 'dns_failed')).toBe(false);
    expect(hasCause(untried, 'dns_failed')).toBe(false);
  });

  it('by duration looks at the last attempt', () => {
    expect(tookAtLeast(attempted(200, null, 5), 5)).toBe(true);
    expect(tookAtLeast(attempted(200, null, 5), 6)).toBe(false);
    expect(tookAtLeast(untried, 0)).toBe(false);
  });
});
