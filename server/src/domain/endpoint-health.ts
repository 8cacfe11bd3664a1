import type { AttemptReason, EndpointState } from '@tocsin/shared';

/**
 * How an endpoint is doing, as all processes have seen it. Kept apart from the webhook itself: it changes with every
 * delivery and must not invalidate the cached configuration.
 */
export interface EndpointHealth {
  readonly failuresInARow: number;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly lastFailureReason: AttemptReason | null;
  /** First failure since the last success. */
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
 * An endpoint is paused after ten failures in a row over at least ten seconds. Fewer, or a burst within a second, is a
 * blip or one bad deploy, and the ordinary retries deal with it.
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

/** Whether only single probes should be sent. */
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

/** Whether nothing but failure was seen for so long that sending is pointless. */
export function isFailingTooLong(health: EndpointHealth, at: number, limitMs: number): boolean {
  return health.failingSince !== null && at - health.failingSince >= limitMs;
}

/** How long a paused endpoint waits for its next probe: 5 s, doubling to 5 minutes. `probes` counts failed ones. */
export function probeDelayMs(probes: number): number {
  return Math.min(5_000 * 2 ** Math.min(probes, 6), 300_000);
}
