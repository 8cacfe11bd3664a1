import { CircleAlert, Construction, Hourglass } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Banner } from '../../components/ui/banner.tsx';
import { useCan } from '../../lib/session.ts';
import type { Outputs } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';

type Stats = Outputs['system']['stats'];
type IndexStatus = Stats['indexes'][number];

/** Alerts about deliveries on hold and about indexes that are not right. Only operators see the instructions. */
export function SystemBanners({ stats: { delivery, indexes } }: { readonly stats: Stats }) {
  const isOperator = useCan()('operator');
  return (
    <>
      {delivery === 'held' && (
        <Banner tone="warn" icon={Hourglass}>
          <b className="font-semibold">Deliveries are on hold.</b> Events are accepted and queued, but not
          sent.{' '}
          {isOperator && (
            <>
              DELIVERY_HOLD is set. A restored database lists deliveries as pending that were sent after its
              backup. Review the{' '}
              <Link
                href={toHref('/deliveries', { status: 'pending' })}
                className="underline underline-offset-2"
              >
                pending deliveries
              </Link>
              , disable or delete webhooks that should not receive them, then restart every process without
              DELIVERY_HOLD.
            </>
          )}
        </Banner>
      )}
      {delivery === 'waiting_for_index' && (
        <Banner tone="warn" icon={Hourglass}>
          <b className="font-semibold">Deliveries are waiting for a database index.</b> Events are accepted
          and queued. They are sent when the index is ready.
        </Banner>
      )}
      <IndexBanner state="missing" title="Missing indexes" tone="bad" indexes={indexes}>
        Events may be accepted twice and the queue may be slow. Restart a process to recreate the indexes.
      </IndexBanner>
      <IndexBanner state="conflicting" title="Conflicting indexes" tone="warn" indexes={indexes}>
        These indexes have a required name but a different definition. Drop them, then restart a process.
      </IndexBanner>
    </>
  );
}

/** Indexes that are being built. Asks for no action, so it is below everything that would move when a build begins and ends. */
export function IndexBuilds({ indexes }: { readonly indexes: readonly IndexStatus[] }) {
  return (
    <IndexBanner state="building" title="Building indexes" tone="accent" indexes={indexes}>
      Some lists are slow until the build finishes.
    </IndexBanner>
  );
}

/** An alert that lists the indexes in one state. Renders nothing if there are none. */
function IndexBanner({
  state,
  title,
  tone,
  indexes,
  children,
}: {
  readonly state: IndexStatus['state'];
  readonly title: string;
  readonly tone: 'bad' | 'warn' | 'accent';
  readonly indexes: readonly IndexStatus[];
  readonly children: ReactNode;
}) {
  const matching = indexes.filter((index) => index.state === state);
  if (matching.length === 0) return null;
  return (
    <Banner tone={tone} icon={state === 'building' ? Construction : CircleAlert}>
      <b className="font-semibold">{title}:</b>{' '}
      {matching.map(({ index, percent }) => (percent === null ? index : `${index} (${percent}%)`)).join(', ')}
      . {children}
    </Banner>
  );
}
