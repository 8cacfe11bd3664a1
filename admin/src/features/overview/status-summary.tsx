import { formatCount, pluralize } from '../../lib/format.ts';
import type { Outputs } from '../../lib/trpc.ts';

/** The overall status in one sentence. */
export function StatusSummary({
  stats,
  periodName,
}: {
  readonly stats: Outputs['system']['stats'];
  readonly periodName: string;
}) {
  if (stats.delivery === 'held' || stats.delivery === 'waiting_for_index') {
    return <b className="font-medium text-warn">No deliveries are being sent.</b>;
  }
  const { failing, paused, isCapped } = stats.webhooks;
  const urgent = failing + paused;
  if (urgent > 0) {
    return (
      <>
        <b className="font-medium text-bad">
          {isCapped
            ? `At least ${formatCount(urgent)} webhooks need attention.`
            : `${pluralize(urgent, 'webhook needs', 'webhooks need')} attention.`}
        </b>{' '}
        {`${formatCount(failing)} failing, ${formatCount(paused)} paused.`}
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
