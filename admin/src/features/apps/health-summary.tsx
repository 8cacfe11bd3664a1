import type { WebhookCounts } from '@tocsin/shared';
import { Link } from 'wouter';
import { Badge } from '../../components/ui/badge.tsx';
import { formatCount, pluralize } from '../../lib/format.ts';
import { countHealth, healthFilters, type HealthFilter } from '../../lib/health-filter.ts';

/** From the worst on. */
const order = [
  'paused',
  'auto_disabled',
  'failing',
  'healthy',
  'switched_off',
] as const satisfies readonly HealthFilter[];

/** The numbers of an app's webhooks by their health, worst first. */
export function HealthSummary({
  counts,
  toFilterHref,
}: {
  /** Undefined while they load. Null: too many to count. */
  readonly counts: WebhookCounts | null | undefined;
  /** Where a number links to. Default: it does not. */
  readonly toFilterHref?: (filter: HealthFilter) => string;
}) {
  // Of one height in every state, so that the rows below stay where they are.
  if (counts === undefined) return <span aria-hidden className="shimmer block h-5.5 w-20" />;
  if (counts === null) return <span className="block h-5.5 leading-5.5 text-ink-2">More than 10,000</span>;
  const shown = order
    .map((filter) => ({ filter, count: countHealth(counts, filter), ...healthFilters[filter] }))
    .filter(({ count }) => count > 0);
  if (shown.length === 0) return <span className="block h-5.5 leading-5.5 text-ink-3">None</span>;
  const sum = shown.reduce((all, { count }) => all + count, 0);
  return (
    <span className="flex flex-wrap items-center gap-1.5 sm:flex-nowrap">
      {shown.map(({ filter, count, label, tone }) => {
        const badge = (
          <Badge key={filter} tone={tone} dot>
            <span title={`${formatCount(count)} ${label.toLowerCase()}`}>
              {formatCount(count)} <span className="sm:max-xl:sr-only">{label.toLowerCase()}</span>
            </span>
          </Badge>
        );
        if (toFilterHref === undefined) return badge;
        return (
          <Link key={filter} href={toFilterHref(filter)} className="rounded-full hover:underline">
            {badge}
          </Link>
        );
      })}
      <span className="sr-only">of {pluralize(sum, 'webhook')}</span>
    </span>
  );
}
