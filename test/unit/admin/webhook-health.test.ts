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

describe('the health that is shown', () => {
  it('tells disabling by the server from disabling by a user', () => {
    expect(toShownHealth({ health: disabled, disabledReason: 'by_user' }, undefined)).toEqual({
      label: 'Switched off',
      tone: 'idle',
    });
    expect(toShownHealth({ health: disabled, disabledReason: 'gone' }, undefined)).toEqual({
      label: 'Auto-disabled',
      tone: 'bad',
      detail: '410 Gone',
    });
  });

  it('is not healthy before the first success', () => {
    const shown = toShownHealth(
      { health: { ...health, lastSuccessAt: null }, disabledReason: null },
      undefined,
    );
    expect(shown.label).toBe('Untested');
  });

  it('is unstable if a tenth of the requests of a day failed, and there are enough of them', () => {
    const show = (attempts: number, failedAttempts: number) =>
      toShownHealth({ health, disabledReason: null }, { attempts, failedAttempts });
    expect(show(10, 1)).toEqual({
      label: 'Unstable',
      tone: 'warn',
      detail: '1 of 10 requests failed in 24 h',
    });
    expect(show(11, 1).label).toBe('Healthy');
    expect(show(9, 3).label).toBe('Healthy');
    // Deliveries that were sent again have several attempts, of which none failed.
    expect(show(943, 0).label).toBe('Healthy');
  });
});
