import { useMemo } from 'react';
import {
  attemptReasonLabels,
  deliveryReasonLabels,
  type AttemptReason,
  type DeliveryFilter,
  type DeliveryReason,
  type DeliveryStatus,
  type StatusClass,
} from '@tocsin/shared';
import { deliveryStatusLabels } from '../../../lib/labels.ts';

/** The filters in the address bar, all as text. The compiler asks for one per filter of the server. */
const names = {
  app: 'app',
  status: 'status',
  webhook: 'webhook',
  event: 'event',
  since: 'since',
  until: 'until',
  type: 'type',
  host: 'host',
  reason: 'reason',
  cause: 'cause',
  response: 'response',
  attempts: 'attempts',
  slower: 'slower',
  period: 'period',
} as const satisfies Record<FilterName, FilterName>;

type FilterName =
  | {
      appId: 'app';
      status: 'status';
      webhookId: 'webhook';
      eventId: 'event';
      since: 'since';
      until: 'until';
      event: 'type';
      host: 'host';
      reason: 'reason';
      cause: 'cause';
      statusClass: 'response';
      minAttempts: 'attempts';
      minDurationMs: 'slower';
    }[keyof DeliveryFilter]
  // A span that ends now, in place of `since`.
  | 'period';

export type DeliveryFilterValues = Readonly<Record<FilterName, string | undefined>>;

/** The names of the parameters, in the order of the chips. */
export const filterNames = Object.values(names);

// `as`: `fromEntries` loses the keys.
export const noFilters = Object.fromEntries(
  filterNames.map((name) => [name, undefined]),
) as DeliveryFilterValues;

export const statuses: readonly { readonly value: DeliveryStatus; readonly label: string }[] = (
  ['delivered', 'pending', 'failed', 'cancelled'] as const
).map((value) => ({ value, label: deliveryStatusLabels[value] }));

const hourMs = 3_600_000;

export const periods = [
  { value: '1h', label: 'Last hour', ms: hourMs },
  { value: '24h', label: 'Last 24 hours', ms: 24 * hourMs },
  { value: '7d', label: 'Last 7 days', ms: 7 * 24 * hourMs },
  { value: '30d', label: 'Last 30 days', ms: 30 * 24 * hourMs },
] as const;

export const responses: readonly { readonly value: StatusClass; readonly label: string }[] = [
  { value: '2xx', label: '2xx' },
  { value: '3xx', label: '3xx' },
  { value: '4xx', label: '4xx' },
  { value: '5xx', label: '5xx' },
  { value: 'none', label: 'No response' },
];

// `as`: the keys of a label table are its codes.
export const reasons = Object.keys(deliveryReasonLabels) as DeliveryReason[];
export const causes = Object.keys(attemptReasonLabels) as AttemptReason[];

/** The filter of the server. A text that it would reject is passed on, so that its error names it. */
export function useServerFilter(values: DeliveryFilterValues): DeliveryFilter {
  const { period } = values;
  // Whole minutes of the time when the period was chosen, so that a poll asks for the same list.
  const periodStart = useMemo(() => toPeriodStart(period, Date.now()), [period]);
  return {
    appId: values.app,
    status: find(statuses, values.status),
    webhookId: values.webhook,
    eventId: values.event,
    since: values.since ?? periodStart,
    until: values.until,
    event: values.type,
    host: values.host,
    reason: reasons.find((known) => known === values.reason),
    cause: causes.find((known) => known === values.cause),
    statusClass: find(responses, values.response),
    minAttempts: toNumber(values.attempts),
    minDurationMs: toNumber(values.slower),
  };
}

export function toPeriodStart(period: string | undefined, now: number): string | undefined {
  const ms = periods.find(({ value }) => value === period)?.ms;
  return ms === undefined ? undefined : new Date(Math.floor((now - ms) / 60_000) * 60_000).toISOString();
}

export function isFiltered(values: DeliveryFilterValues): boolean {
  return filterNames.some((name) => values[name] !== undefined);
}

function find<TValue extends string>(
  options: readonly { readonly value: TValue }[],
  text: string | undefined,
): TValue | undefined {
  return options.find(({ value }) => value === text)?.value;
}

function toNumber(text: string | undefined): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
