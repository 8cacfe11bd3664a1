import { attemptReasonLabels, type IncidentView } from '@tocsin/shared';
import { formatCount } from './format.ts';
import type { ShownHealth } from './webhook-health.ts';
import { toShownHealth } from './webhook-health.ts';

/** Why the attempts of an incident failed, in words: `The endpoint returned 503`. */
export function toIncidentReason({
  reason,
  statusCode,
}: Pick<IncidentView, 'reason' | 'statusCode'>): string {
  if (statusCode === null) return attemptReasonLabels[reason];
  if (reason === 'http_status') return `The endpoint returned ${statusCode}`;
  return reason === 'gone' ? attemptReasonLabels.gone : `${attemptReasonLabels[reason]} (${statusCode})`;
}

/** The state of an incident's webhook, as the badge of webhooks shows it. */
export function toIncidentHealth({
  webhookState,
  disabledReason,
  lastSeenAt,
}: Pick<IncidentView, 'webhookState' | 'disabledReason' | 'lastSeenAt'>): ShownHealth {
  if (webhookState === null) return { label: 'Deleted', tone: 'idle' };
  if (webhookState === 'healthy') return { label: 'Unstable', tone: 'warn' };
  // The other fields of a health are not shown.
  const health = {
    state: webhookState,
    failuresInARow: 1,
    lastSuccessAt: null,
    lastFailureAt: lastSeenAt,
    lastFailureReason: null,
    failingSince: null,
  };
  return toShownHealth({ health, disabledReason }, undefined);
}

/** A count that can be a lower bound: `over 9,999`. */
export function formatLeast(count: number, isCapped: boolean): string {
  return isCapped ? `over ${formatCount(count - 1)}` : formatCount(count);
}
