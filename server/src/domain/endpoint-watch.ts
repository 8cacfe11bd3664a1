import type { DisabledReason } from '@tocsin/shared';
import { toHealthState, type EndpointHealth } from './endpoint-health.ts';
import type { Webhook } from './webhook.ts';

export type WatchState = 'healthy' | 'failing' | 'paused' | 'disabled';

/**
 * What operational events and alerts know of the endpoint of a webhook. Compared with its stored health again and
 * again, so that a change that was missed is found by the next comparison:
 *
 *   (not stored) --fails for a minute--> failing --pauses--> paused --the platform disables it--> disabled
 *   failing, paused, disabled --works, is enabled or switched off--> healthy --reported--> (not stored)
 */
export interface EndpointWatch {
  readonly webhookId: string;
  readonly appId: string;
  readonly accountId: string;
  readonly state: WatchState;
  /** When the state began, epoch ms. */
  readonly since: number;
  /** When the endpoint stopped to work, epoch ms. */
  readonly unhealthySince: number;
  readonly failuresInARow: number;
  /** The last failure, or why it was disabled. */
  readonly reason: string | null;
  /** The last state that an operational event told of. */
  readonly reported: WatchState;
  /**
   * Why it is healthy: null if it works. Otherwise what ended its bad state without a success: its URL was changed or
   * it was enabled, it was switched off, or deleted.
   */
  readonly ended: 'changed' | 'switched_off' | 'deleted' | null;
}

/** What is stored of a webhook now. */
export interface EndpointFacts {
  /** Undefined: it is deleted. */
  readonly webhook:
    | Pick<Webhook, 'id' | 'appId' | 'accountId' | 'enabled' | 'disabledReason' | 'updatedAt'>
    | undefined;
  readonly health: EndpointHealth | undefined;
}

/**
 * An endpoint counts as failing after this many failures in a row and this time. The engine retries the first
 * failure within seconds, which is no news.
 */
const minFailures = 2;
const minFailingMs = 60_000;

/**
 * Compares the watch of a webhook with what is stored now. Returns the new watch, the given one if nothing changed,
 * or undefined if there is nothing to watch.
 */
export function toNextWatch(
  previous: EndpointWatch | undefined,
  { webhook, health }: EndpointFacts,
  now: number,
): EndpointWatch | undefined {
  if (webhook === undefined) return previous && toEnded(previous, 'deleted', now);
  const { enabled, disabledReason } = webhook;
  if (!enabled) {
    return disabledReason === null || disabledReason === 'by_user'
      ? previous && toEnded(previous, 'switched_off', now)
      : toDisabled(previous, webhook, disabledReason, health);
  }
  const state = health === undefined ? 'healthy' : toHealthState(health, true);
  if (state === 'healthy' || state === 'disabled' || health === undefined) {
    return previous && toHealthy(previous, health?.lastSuccessAt ?? null, now);
  }
  return toUnhealthy(previous, { webhook, health, state }, now);
}

function toUnhealthy(
  previous: EndpointWatch | undefined,
  {
    webhook,
    health,
    state,
  }: {
    readonly webhook: NonNullable<EndpointFacts['webhook']>;
    readonly health: EndpointHealth;
    readonly state: 'failing' | 'paused';
  },
  now: number,
): EndpointWatch | undefined {
  const failingSince = health.failingSince ?? now;
  const isNew = previous === undefined || previous.state === 'healthy';
  const isShort = health.failuresInARow < minFailures || now - failingSince < minFailingMs;
  if (isNew && state === 'failing' && isShort) return previous;
  const facts = { failuresInARow: health.failuresInARow, reason: health.lastFailureReason };
  if (previous?.state === state) {
    const isSame = previous.failuresInARow === facts.failuresInARow && previous.reason === facts.reason;
    return isSame ? previous : { ...previous, ...facts };
  }
  return {
    ...toNew(previous, webhook),
    ...facts,
    state,
    since: state === 'failing' ? failingSince : (health.lastFailureAt ?? now),
    unhealthySince: failingSince,
    ended: null,
  };
}

function toDisabled(
  previous: EndpointWatch | undefined,
  webhook: NonNullable<EndpointFacts['webhook']>,
  reason: DisabledReason,
  health: EndpointHealth | undefined,
): EndpointWatch {
  if (previous?.state === 'disabled' && previous.since === webhook.updatedAt) return previous;
  // A later change of a disabled webhook, such as its description, is no second disabling.
  if (previous?.state === 'disabled' && previous.reason === reason) return previous;
  return {
    ...toNew(previous, webhook),
    state: 'disabled',
    since: webhook.updatedAt,
    unhealthySince: previous?.unhealthySince ?? health?.failingSince ?? webhook.updatedAt,
    failuresInARow: health?.failuresInARow ?? 0,
    reason,
    ended: null,
  };
}

function toNew(
  previous: EndpointWatch | undefined,
  { id, appId, accountId }: NonNullable<EndpointFacts['webhook']>,
): Pick<EndpointWatch, 'webhookId' | 'appId' | 'accountId' | 'reported'> {
  return { webhookId: id, appId, accountId, reported: previous?.reported ?? 'healthy' };
}

/** A success proves that an endpoint works. Until then, a change has only ended its bad state. */
function toHealthy(previous: EndpointWatch, lastSuccessAt: number | null, now: number): EndpointWatch {
  const works = lastSuccessAt !== null && lastSuccessAt > previous.unhealthySince;
  if (previous.state !== 'healthy') return toEnded(previous, works ? null : 'changed', now);
  return works && previous.ended === 'changed' ? { ...previous, ended: null } : previous;
}

function toEnded(previous: EndpointWatch, ended: EndpointWatch['ended'], now: number): EndpointWatch {
  return previous.state === 'healthy' && (previous.ended === ended || ended === null)
    ? previous
    : { ...previous, state: 'healthy', since: now, ended };
}

/** What an operational event has to tell of. Undefined: nothing. */
export function findUnreported(watch: EndpointWatch): WatchState | undefined {
  const { state, reported, ended } = watch;
  return state === reported || (state === 'healthy' && ended !== null) ? undefined : state;
}

/** Whether the watch of an endpoint says nothing that has to be kept. */
export function isSettled({ state, reported, ended }: EndpointWatch): boolean {
  if (state !== 'healthy') return false;
  // Until it works, it is not recovered.
  return reported === 'healthy' || ended === 'switched_off' || ended === 'deleted';
}
