import type { DeliveryFilter } from '@tocsin/shared';

/** What a replay or a cancellation of all that match is called with. */
export type MatchingInput =
  | { readonly kind: 'replay'; readonly input: ReplayChoice }
  | { readonly kind: 'cancel'; readonly input: CancelChoice };

interface CancelChoice {
  readonly webhookId: string;
  readonly since?: string;
  readonly until?: string;
  readonly events?: string[];
}

interface ReplayChoice extends CancelChoice {
  readonly since: string;
  readonly status: 'delivered' | 'failed' | 'cancelled';
}

/** Filters that replays and cancellations have as well. */
const shared: readonly string[] = ['appId', 'webhookId', 'status', 'since', 'until', 'event'];

/** Undefined if a replay or a cancellation would change other deliveries than the list has. */
export function toMatchingInput(filter: DeliveryFilter): MatchingInput | undefined {
  const { webhookId, status, since, until, event } = filter;
  const isWider = Object.entries(filter).some(
    ([name, value]) => value !== undefined && !shared.includes(name),
  );
  if (webhookId === undefined || status === undefined || isWider) return undefined;
  const chosen = {
    webhookId,
    ...(until !== undefined && { until }),
    ...(event !== undefined && { events: [event] }),
  };
  if (status === 'pending') {
    return { kind: 'cancel', input: { ...chosen, ...(since !== undefined && { since }) } };
  }
  return { kind: 'replay', input: { ...chosen, status, since: since ?? new Date(0).toISOString() } };
}
