import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { AppName } from '../../components/app-name.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatClockTime } from '../../lib/format.ts';
import { toHref } from '../../lib/url-state.ts';
import type { TailedEvent } from './use-live-tail.ts';

/** One event of the live tail. Expands to its data. */
export function LiveEventRow({
  event,
  onPickType,
}: {
  readonly event: TailedEvent;
  readonly onPickType: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="border-b border-line last:border-0" style={{ animation: 'highlight 1.6s ease-out' }}>
      <div className="flex items-center gap-2.5 pr-4 pl-2 text-[0.9333rem]">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-label={`Show data of ${event.type} at ${formatClockTime(event.timestamp)}`}
          onClick={() => setOpen(!isOpen)}
          className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-3 hover:text-ink"
        >
          <ChevronRight
            aria-hidden
            className={classNames('size-4 transition-transform', isOpen && 'rotate-90')}
          />
        </button>
        <span className="text-[0.8667rem] text-ink-3">
          <Time at={event.timestamp} format="clock" />
        </span>
        <button
          type="button"
          onClick={onPickType}
          title="Show only this type"
          className="shrink-0 rounded-full text-left hover:opacity-75 md:w-36"
        >
          <Badge tone="accent">{event.type}</Badge>
        </button>
        <code className="hidden min-w-0 flex-1 truncate font-mono text-[0.8rem] text-ink-3 md:block">
          {JSON.stringify(event.data)}
        </code>
        <Link
          href={toHref('/live', { app: event.appId })}
          className="min-w-0 truncate text-[0.8667rem] text-ink-3 hover:underline max-md:flex-1 md:max-w-36 md:max-lg:hidden"
        >
          <AppName id={event.appId} />
        </Link>
        <Link
          href={`/events/${event.id}`}
          className="ml-auto shrink-0 text-[0.8667rem] text-accent hover:underline md:ml-0"
        >
          View<span className="sr-only"> {event.id}</span>
        </Link>
      </div>
      {isOpen && (
        <div className="px-4 pb-3.5 pl-13">
          <p className="mb-2 font-mono text-[0.8rem] wrap-anywhere text-ink-3">{event.id}</p>
          <CodeBlock label="Event data" text={JSON.stringify(event.data, null, 2)} />
        </div>
      )}
    </li>
  );
}
