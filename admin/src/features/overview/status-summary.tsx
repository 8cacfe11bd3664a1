import { formatCount, pluralize } from '../../lib/format.ts';
import type { Outputs } from '../../lib/trpc.ts';

/** The most failing webhooks that the server lists. */
const maxListed = 50;

/** The overall status in one sentence. */
export function StatusSummary({
  stats,
  periodName,
}: {
  readonly stats: Outputs['system']['stats'];
  readonly periodName: string;
}) {
  const failing = stats.failingWebhooks.length;
  const isCapped = failing >= maxListed;
  if (stats.delivery === 'held' || stats.delivery === 'waiting_for_index') {
    return <b className="font-medium text-warn">No deliveries are being sent.</b>;
  }
  if (failing > 0) {
    return (
      <>
        <b className="font-medium text-bad">
          {isCapped
            ? `${formatCount(failing)} or more webhooks need attention.`
            : `${pluralize(failing, 'webhook needs', 'webhooks need')} attention.`}
        </b>{' '}
        {isCapped ? 'The most urgent are listed.' : 'No other webhook is failing.'}
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
