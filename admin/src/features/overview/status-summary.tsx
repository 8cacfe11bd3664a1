import { pluralize } from '../../lib/format.ts';
import type { Outputs } from '../../lib/trpc.ts';

/** The overall status in one sentence. */
export function StatusSummary({
  stats,
  periodName,
}: {
  readonly stats: Outputs['system']['stats'];
  readonly periodName: string;
}) {
  const failing = stats.failingWebhooks.length;
  if (stats.delivery === 'held' || stats.delivery === 'waiting_for_index') {
    return <b className="font-medium text-warn">No deliveries are being sent.</b>;
  }
  if (failing > 0) {
    return (
      <>
        <b className="font-medium text-bad">
          {pluralize(failing, 'webhook needs', 'webhooks need')} attention.
        </b>{' '}
        All others are healthy.
      </>
    );
  }
  if (stats.totals.accepted === 0 && stats.totals.delivered === 0) return <>No events in {periodName}.</>;
  return (
    <>
      <b className="font-medium text-ok">Operational.</b> No webhook is failing.
    </>
  );
}
