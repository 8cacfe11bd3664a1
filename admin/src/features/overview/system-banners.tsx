import { CircleAlert, Construction, Hourglass } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Banner } from '../../components/ui/banner.tsx';
import { useCan } from '../../lib/session.ts';
import type { Outputs } from '../../lib/trpc.ts';
import { hrefOf } from '../../lib/url-state.ts';

type Stats = Outputs['system']['stats'];
type IndexStatus = Stats['indexes'][number];

/** Why nothing is sent, or all is slow, though no endpoint fails. What to do about it is told to the one who can. */
export function SystemNotices({ stats: { delivery, indexes } }: { readonly stats: Stats }) {
  const isOperator = useCan()('operator');
  return (
    <>
      {delivery === 'held' && (
        <Banner tone="warn" icon={Hourglass}>
          <b className="font-semibold">Deliveries are held.</b> Events are accepted and wait; nothing is sent.{' '}
          {isOperator && (
            <>
              DELIVERY_HOLD is set, as for a restored database, which remembers as pending what was sent since
              its backup. Look at{' '}
              <Link
                href={hrefOf('/deliveries', { status: 'pending' })}
                className="underline underline-offset-2"
              >
                what is pending
              </Link>
              , disable or delete the webhooks that shall get nothing, then restart every process without it.
            </>
          )}
        </Banner>
      )}
      {delivery === 'waiting_for_index' && (
        <Banner tone="warn" icon={Hourglass}>
          <b className="font-semibold">Deliveries wait for an index of the database.</b> Events are accepted
          and wait; they are sent when it stands.
        </Banner>
      )}
      <IndexNotice state="missing" title="Indexes are missing" tone="bad" indexes={indexes}>
        Without them an event can be accepted twice, or the queue is slow. Restart a process: a start makes
        them anew.
      </IndexNotice>
      <IndexNotice state="conflicting" title="Indexes are in the way" tone="warn" indexes={indexes}>
        Each has the name of one that this release needs, and is another. Drop them, then restart a process.
      </IndexNotice>
      <IndexNotice state="building" title="Indexes are being built" tone="accent" indexes={indexes}>
        Some lists are slow until they stand.
      </IndexNotice>
    </>
  );
}

function IndexNotice({
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
  const those = indexes.filter((each) => each.state === state);
  if (those.length === 0) return null;
  return (
    <Banner tone={tone} icon={state === 'building' ? Construction : CircleAlert}>
      <b className="font-semibold">{title}:</b>{' '}
      {those.map(({ index, percent }) => (percent === null ? index : `${index} (${percent}%)`)).join(', ')}.{' '}
      {children}
    </Banner>
  );
}
