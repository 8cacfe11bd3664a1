import { CircleAlert, Construction, Hourglass } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Banner } from '../../components/ui/banner.tsx';
import { Dialog } from '../../components/ui/dialog.tsx';
import { pluralize } from '../../lib/format.ts';
import { useCan } from '../../lib/session.ts';
import type { Outputs } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';

type Stats = Outputs['system']['stats'];
type IndexStatus = Stats['indexes'][number];

/** Whether nothing is sent, or an index is missing. */
export function hasSystemProblem({ delivery, indexes }: Stats): boolean {
  return isHeld(delivery) || indexes.some(({ state }) => state === 'missing');
}

/**
 * What is wrong with the server, in one line, and what to do in a dialog. The line has its place in the head of the page, so
 * that nothing moves when a problem begins or ends.
 */
export function SystemProblems({ stats: { delivery, indexes } }: { readonly stats: Stats }) {
  const [isOpen, setOpen] = useState(false);
  const missing = indexes.filter(({ state }) => state === 'missing');
  return (
    <>
      {isHeld(delivery) && (
        <b className="font-medium text-warn">
          {delivery === 'held' ? 'Deliveries are on hold.' : 'Deliveries wait for an index.'}
        </b>
      )}{' '}
      {missing.length > 0 && (
        <b className="font-medium text-bad">
          {pluralize(missing.length, 'index is', 'indexes are')} missing.
        </b>
      )}{' '}
      <button
        type="button"
        className="cursor-pointer rounded text-accent hover:underline"
        onClick={() => setOpen(true)}
      >
        What to do
      </button>
      <Dialog title="State of the server" open={isOpen} onClose={() => setOpen(false)}>
        <div className="flex flex-col gap-3">
          {isHeld(delivery) && <Hold delivery={delivery} />}
          <IndexBanner state="missing" title="Missing indexes" tone="bad" indexes={indexes}>
            Events may be accepted twice and the queue may be slow. Restart a process to recreate the indexes.
          </IndexBanner>
        </div>
      </Dialog>
    </>
  );
}

/**
 * Indexes that are being built or that conflict. They stop nothing, so they are below everything that would move when a
 * build begins and ends.
 */
export function IndexNotices({ indexes }: { readonly indexes: readonly IndexStatus[] }) {
  return (
    <>
      <IndexBanner state="conflicting" title="Conflicting indexes" tone="warn" indexes={indexes}>
        These indexes have a required name but a different definition. Drop them, then restart a process.
      </IndexBanner>
      <IndexBanner state="building" title="Building indexes" tone="accent" indexes={indexes}>
        Some lists are slow until the build finishes.
      </IndexBanner>
    </>
  );
}

function isHeld(delivery: Stats['delivery']): boolean {
  return delivery === 'held' || delivery === 'waiting_for_index';
}

/** Why nothing is sent. Only operators see the instructions. */
function Hold({ delivery }: { readonly delivery: Stats['delivery'] }) {
  const isOperator = useCan()('operator');
  if (delivery !== 'held') {
    return (
      <Banner tone="warn" icon={Hourglass}>
        Deliveries are waiting for a database index. Events are accepted and queued. They are sent when the
        index is ready.
      </Banner>
    );
  }
  return (
    <Banner tone="warn" icon={Hourglass}>
      Events are accepted and queued, but not sent.
      {isOperator && (
        <>
          {' '}
          DELIVERY_HOLD is set. A restored database lists deliveries as pending that were sent after its
          backup. Review the{' '}
          <Link href={toHref('/deliveries', { status: 'pending' })} className="underline underline-offset-2">
            pending deliveries
          </Link>
          , disable or delete webhooks that should not receive them, then restart every process without
          DELIVERY_HOLD.
        </>
      )}
    </Banner>
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
