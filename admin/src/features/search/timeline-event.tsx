import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { AppName } from '../../components/app-name.tsx';
import { ScopedLink } from '../../components/scoped-link.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Time } from '../../components/ui/time.tsx';
import { sortVerdicts, summarizeVerdicts, VerdictRow } from '../../components/verdict-row.tsx';
import type { Outputs } from '../../lib/trpc.ts';

/** Verdicts that are shown at once, the most urgent first. */
const maxShown = 4;

/** One event of a timeline, with what became of it at the webhooks. */
export function TimelineEvent({
  item: { event, verdicts, fields, isCapped },
  accountName,
}: {
  readonly item: Outputs['search']['timeline']['items'][number];
  /** Undefined: all events are of one account. */
  readonly accountName: string | undefined;
}) {
  const [isOpen, setOpen] = useState(false);
  const sorted = sortVerdicts(verdicts);
  const hidden = Math.max(0, sorted.length - maxShown);
  const shown = isOpen ? sorted : sorted.slice(0, maxShown);
  return (
    <li className="border-b border-line px-4 py-4 last:border-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="min-w-0 text-[0.9333rem] font-semibold break-words">
          <Link href={`/events/${event.id}`} className="hover:underline">
            {event.event}
          </Link>
        </h2>
        <span className="text-[0.8667rem] text-ink-3">
          <Time at={event.createdAt} format="date" /> · <Time at={event.createdAt} />
        </span>
      </div>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-3 text-[0.8667rem] text-ink-3">
        <span className="font-medium text-ink">{summarizeVerdicts(verdicts)}</span>
        {accountName !== undefined && <bdi className="max-w-60 truncate">{accountName}</bdi>}
        <ScopedLink
          scope="webhooks:read"
          href={`/apps/${encodeURIComponent(event.appId)}`}
          className="max-w-60 truncate hover:underline"
        >
          <AppName id={event.appId} />
        </ScopedLink>
        {fields.length > 0 && (
          <span>
            in <code className="font-mono text-[0.8rem]">{fields.join(', ')}</code>
          </span>
        )}
      </p>
      {verdicts.length === 0 ? (
        <p className="mt-2 text-[0.9333rem] text-ink-2">
          The app has no webhooks. The event was accepted and stored, but not sent.
        </p>
      ) : (
        <ul
          aria-label={`Webhooks of ${event.event}`}
          className="mt-3 overflow-hidden rounded-lg border border-line"
        >
          {shown.map((verdict) => (
            <VerdictRow key={`${verdict.webhookId} ${verdict.deliveryId}`} verdict={verdict} />
          ))}
        </ul>
      )}
      {(hidden > 0 || isCapped) && (
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 text-[0.8667rem] text-ink-3">
          {hidden > 0 && (
            <Button
              size="small"
              variant="ghost"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
              icon={<ChevronDown aria-hidden className={isOpen ? 'size-4 rotate-180' : 'size-4'} />}
            >
              {isOpen ? 'Show fewer' : `Show ${hidden} more`}
            </Button>
          )}
          {isCapped && (
            <Link href={`/events/${event.id}`} className="text-accent hover:underline">
              The app has more webhooks. See all of them
            </Link>
          )}
        </div>
      )}
    </li>
  );
}
