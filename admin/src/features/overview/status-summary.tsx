import { Fragment } from 'react';
import { Link } from 'wouter';
import { formatCount, pluralize } from '../../lib/format.ts';
import { countHealth, healthFilters, type HealthFilter } from '../../lib/health-filter.ts';
import type { Outputs } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';
import { hasSystemProblem, SystemProblems } from './system-problems.tsx';

/** What needs a person, and is therefore in the headline. Webhooks that a user switched off do not. */
const urgentFilters = ['failing', 'paused', 'auto_disabled'] as const satisfies readonly HealthFilter[];

/** The overall status in one sentence. */
export function StatusSummary({
  stats,
  app,
  periodName,
}: {
  readonly stats: Outputs['system']['stats'];
  readonly app: string | undefined;
  readonly periodName: string;
}) {
  if (hasSystemProblem(stats)) return <SystemProblems stats={stats} />;
  const { webhooks } = stats;
  const { isCapped } = webhooks;
  const found = urgentFilters.map((filter) => ({ filter, count: countHealth(webhooks, filter) }));
  const urgent = found.reduce((sum, { count }) => sum + count, 0);
  if (urgent > 0) {
    return (
      <>
        <b className="font-medium text-bad">
          {isCapped
            ? `At least ${formatCount(urgent)} webhooks need attention.`
            : `${pluralize(urgent, 'webhook needs', 'webhooks need')} attention.`}
        </b>{' '}
        {found
          .filter(({ count }) => count > 0)
          .map(({ filter, count }, index) => (
            <Fragment key={filter}>
              {index > 0 && ', '}
              <Link
                href={toHref('/incidents', { app, show: filter })}
                className="underline-offset-2 hover:underline"
              >
                {`${formatCount(count)} ${healthFilters[filter].label.toLowerCase()}`}
              </Link>
            </Fragment>
          ))}
        .
      </>
    );
  }
  if (stats.totals.accepted === 0 && stats.totals.attempts === 0) return <>No events in {periodName}.</>;
  return (
    <>
      <b className="font-medium text-ok">Operational.</b> The last attempts to all enabled webhooks succeeded.
    </>
  );
}
