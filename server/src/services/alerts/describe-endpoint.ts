import { describeDisabled, describeReason, disabledReason, type AlertKind } from '@tocsin/shared';
import type { EvaluationFacts } from '../../domain/alert-evaluation.ts';
import type { EndpointWatch } from '../../domain/endpoint-watch.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Says what is wrong with an endpoint, in one line. */
export function describeEndpoint(
  kind: AlertKind,
  { state, reason, failuresInARow, unhealthySince }: EndpointWatch,
  { now, disableAfterMs }: EvaluationFacts,
): string {
  const why = reason === null ? '' : `, last: ${describeReason(reason)}`;
  const failures = `${failuresInARow} failures in a row for ${toSpan(now - unhealthySince)}${why}`;
  if (kind === 'disable_warning') {
    return `will be disabled in ${toSpan(unhealthySince + disableAfterMs - now)}: ${failures}`;
  }
  if (state === 'disabled') return toDisabled(reason ?? 'failing_too_long');
  return state === 'paused' ? `paused: ${failures}` : failures;
}

/** The stored reason can be of a newer release. */
function toDisabled(reason: string): string {
  const known = disabledReason.safeParse(reason);
  return known.success ? describeDisabled(known.data) : `disabled by the platform: ${reason}`;
}

function toSpan(ms: number): string {
  if (ms < hourMs) return `${Math.max(1, Math.round(ms / minuteMs))} min`;
  return ms < 48 * hourMs ? `${Math.round(ms / hourMs)} h` : `${Math.round(ms / (24 * hourMs))} days`;
}
