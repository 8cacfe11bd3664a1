import { describe, expect, it } from 'vitest';
import { toShownHealth } from '../../../admin/src/lib/webhook-health.ts';

const health = {
  state: 'healthy',
  failuresInARow: 0,
  lastSuccessAt: '2026-01-01T00:00:00.000Z',
  lastFailureAt: null,
  lastFailureReason: null,
  failingSince: null,
} as const;

const disabled = { ...health, state: 'disabled' } as const;

/** Deliveries of which each has one attempt more than the successful ones need. */
const deliveries = (...attemptCounts: number[]) =>
  attemptCounts.map((attemptCount, index) => ({
    id: `dlv_${index}`,
    eventId: `evt_${index}`,
    webhookId: 'wh_000000000000',
    appId: 'app',
    event: 'user.ban',
    status: 'delivered' as const,
    reason: null,
    attemptCount,
    nextAttemptAt: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:00.000Z',
    lastAttempt: null,
    endpoint: null,
  }));

describe('the health that is shown', () => {
  it('tells disabling by the server from disabling by a user', () => {
    expect(toShownHealth({ health: disabled, disabledReason: 'by_user' })).toEqual({
      label: 'Disabled',
      tone: 'idle',
    });
    expect(toShownHealth({ health: disabled, disabledReason: 'gone' })).toEqual({
      label: 'Auto-disabled',
      tone: 'bad',
      detail: '410 Gone',
    });
  });

  it('is not healthy before the first success', () => {
    const shown = toShownHealth({ health: { ...health, lastSuccessAt: null }, disabledReason: null });
    expect(shown.label).toBe('Untested');
  });

  it('is unstable if a tenth of the latest attempts failed, and there are enough of them', () => {
    const show = (...counts: number[]) =>
      toShownHealth({ health, disabledReason: null }, deliveries(...counts));
    expect(show(1, 1, 1, 1, 1, 1, 1, 1, 2)).toEqual({
      label: 'Unstable',
      tone: 'warn',
      detail: '1 of 10 attempts failed',
    });
    expect(show(1, 1, 1, 1, 1, 1, 1, 1, 1, 2).label).toBe('Healthy');
    expect(show(3, 3).label).toBe('Healthy');
  });
});
