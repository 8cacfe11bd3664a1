import type { DisabledBy, EndpointState, WebhookCounts } from '@tocsin/shared';
import { healthLabels } from './labels.ts';

/** What a list of webhooks can be narrowed to. Webhooks that the server disabled need help, the others do not. */
export type HealthFilter = Exclude<EndpointState, 'disabled'> | 'auto_disabled' | 'switched_off';

/** The part of a call's input that narrows to webhooks of one health. */
export interface HealthInput<TState extends EndpointState = EndpointState> {
  readonly state: TState;
  readonly disabledBy?: DisabledBy;
}

interface HealthFilterLook {
  readonly label: string;
  readonly tone: 'ok' | 'bad' | 'warn' | 'idle';
}

export const healthFilters = {
  paused: { label: healthLabels.paused, tone: 'bad' },
  auto_disabled: { label: 'Auto-disabled', tone: 'bad' },
  failing: { label: healthLabels.failing, tone: 'warn' },
  healthy: { label: healthLabels.healthy, tone: 'ok' },
  switched_off: { label: 'Switched off', tone: 'idle' },
} as const satisfies Record<HealthFilter, HealthFilterLook>;

export function toHealthInput<TFilter extends HealthFilter>(
  filter: TFilter,
): HealthInput<Extract<TFilter, EndpointState> | 'disabled'> {
  if (filter === 'auto_disabled') return { state: 'disabled', disabledBy: 'platform' };
  if (filter === 'switched_off') return { state: 'disabled', disabledBy: 'user' };
  // `as`: TypeScript does not narrow a type parameter.
  return { state: filter as Extract<TFilter, EndpointState> };
}

/** The number of webhooks in a filter. */
export function countHealth(
  counts: Partial<WebhookCounts> & Pick<WebhookCounts, 'disabled' | 'disabledByPlatform'>,
  filter: HealthFilter,
): number {
  const { disabled, disabledByPlatform } = counts;
  if (filter === 'auto_disabled') return disabledByPlatform;
  return filter === 'switched_off' ? disabled - disabledByPlatform : (counts[filter] ?? 0);
}
