import type { AttemptReason, EndpointState } from '@tocsin/shared';

/**
 * The health of an endpoint, shared by all processes. Decides when its circuit breaker opens (see
 * EndpointQueue). Stored apart from the webhook: it changes with every delivery and must not invalidate the
 * cached configuration.
 */
export interface EndpointHealth {
  readonly failuresInARow: number;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly lastFailureReason: AttemptReason | null;
  /** Time of the first failure since the last success, epoch ms. */
  readonly failingSince: number | null;
}

export const unknownHealth: EndpointHealth = {
  failuresInARow: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  lastFailureReason: null,
  failingSince: null,
};

/**
 * An endpoint is paused after this many failures in a row, spread over at least this time. Ordinary retries
 * handle fewer failures, and bursts.
 */
const pauseAfterFailures = 10;
const pauseAfterMs = 10_000;

export function afterSuccess(health: EndpointHealth, at: number): EndpointHealth {
  return {
    failuresInARow: 0,
    lastSuccessAt: at,
    lastFailureAt: health.lastFailureAt,
    lastFailureReason: health.lastFailureReason,
    failingSince: null,
  };
}

export function afterFailure(health: EndpointHealth, at: number, reason: AttemptReason): EndpointHealth {
  return {
    failuresInARow: health.failuresInARow + 1,
    lastSuccessAt: health.lastSuccessAt,
    lastFailureAt: at,
    lastFailureReason: reason,
    failingSince: health.failingSince ?? at,
  };
}

/** Adds results that were recorded before these: a success among the later ones ends what was before. */
export function withEarlier(later: EndpointHealth, earlier: EndpointHealth): EndpointHealth {
  if (later.failuresInARow === 0 && later.lastSuccessAt === null) return earlier;
  if (later.lastSuccessAt !== null) {
    const hasFailed = later.lastFailureAt !== null;
    const { lastFailureAt, lastFailureReason } = hasFailed ? later : earlier;
    return { ...later, lastFailureAt, lastFailureReason };
  }
  return {
    ...later,
    failuresInARow: earlier.failuresInARow + later.failuresInARow,
    lastSuccessAt: earlier.lastSuccessAt,
    failingSince: earlier.failingSince ?? later.failingSince,
  };
}

/** Whether to send single probes only. */
export function isPaused(health: EndpointHealth): boolean {
  const { failuresInARow, failingSince, lastFailureAt } = health;
  if (failuresInARow < pauseAfterFailures || failingSince === null || lastFailureAt === null) return false;
  return lastFailureAt - failingSince >= pauseAfterMs;
}

export function toHealthState(health: EndpointHealth, enabled: boolean): EndpointState {
  if (!enabled) return 'disabled';
  if (health.failuresInARow === 0) return 'healthy';
  return isPaused(health) ? 'paused' : 'failing';
}

/**
 * A process disables a webhook only after it has seen so many failures itself: what it has loaded may be older
 * than a success of another process.
 */
export const minFailuresToDisable = 3;

/** Whether all attempts have failed for at least `limitMs`. */
export function isFailingTooLong(health: EndpointHealth, at: number, limitMs: number): boolean {
  return health.failingSince !== null && at - health.failingSince >= limitMs;
}

/**
 * Delay before the next probe of a paused endpoint: doubles with each failed probe, from 5 s up to 5 minutes.
 */
export function probeDelayMs(failedProbes: number): number {
  return Math.min(5_000 * 2 ** Math.min(failedProbes, 6), 300_000);
}
