import type { DisabledReason, WebhookActivity, WebhookView } from '@tocsin/shared';
import { formatCount } from './format.ts';
import { healthFilters } from './health-filter.ts';
import { healthLabels } from './labels.ts';

export interface ShownHealth {
  readonly label: string;
  readonly tone: 'ok' | 'bad' | 'warn' | 'idle';
  /** What the label leaves out, in a few words. */
  readonly detail?: string;
}

const tones = { failing: 'warn', paused: 'bad' } as const;

/** Why the server disabled a webhook, in a few words. */
const autoDisabledDetails: Record<Exclude<DisabledReason, 'by_user'>, string> = {
  gone: '410 Gone',
  failing_too_long: 'failed for days',
  destination_removed: 'chat webhook removed',
};

/** The requests to a webhook in the last 24 hours, test pings left out. */
export type DayOfRequests = Pick<WebhookActivity['totals'], 'attempts' | 'failedAttempts'>;

/** From this share of failed attempts on, a webhook whose last attempt succeeded is unstable. */
const unstableShare = 0.1;

/** With fewer attempts, a share says nothing. */
const minAttempts = 10;

/**
 * How to show the health of a webhook. The server's state is about the last attempt alone, so a webhook that was never
 * reached is `Untested`, and one whose requests often failed in the last day is `Unstable`.
 */
export function toShownHealth(
  { health, disabledReason }: Pick<WebhookView, 'health' | 'disabledReason'>,
  day: DayOfRequests | undefined,
): ShownHealth {
  const { state, lastSuccessAt } = health;
  if (state === 'disabled') {
    return disabledReason === null || disabledReason === 'by_user'
      ? healthFilters.switched_off
      : { ...healthFilters.auto_disabled, detail: autoDisabledDetails[disabledReason] };
  }
  if (state !== 'healthy') return { label: healthLabels[state], tone: tones[state] };
  if (lastSuccessAt === null) return { label: 'Untested', tone: 'idle', detail: 'no response yet' };
  const { attempts, failedAttempts } = day ?? { attempts: 0, failedAttempts: 0 };
  if (attempts >= minAttempts && failedAttempts / attempts >= unstableShare) {
    const detail = `${formatCount(failedAttempts)} of ${formatCount(attempts)} requests failed in 24 h`;
    return { label: 'Unstable', tone: 'warn', detail };
  }
  return { label: healthLabels.healthy, tone: 'ok' };
}
