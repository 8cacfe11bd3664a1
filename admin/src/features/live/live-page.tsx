import { ChevronRight, Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Badge, Dot, type Tone } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { EmptyNotice, ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { TypeFilter } from '../../components/filters/event-type-filter.tsx';
import { clockTime, count, exactTime } from '../../lib/format.ts';
import { hrefOf, useUrlState } from '../../lib/url-state.ts';
import { useLiveTail, type TailedEvent, type TailState } from './use-live-tail.ts';

const stateWords: Record<TailState, { readonly text: string; readonly tone: Tone }> = {
  connecting: { text: 'Connecting', tone: 'warn' },
  live: { text: 'Live', tone: 'ok' },
  reconnecting: { text: 'Connecting again; nothing is missed', tone: 'warn' },
  refused: { text: 'Ended', tone: 'bad' },
};

export function LivePage() {
  const [{ app, type }, set] = useUrlState(['app', 'type']);
  const tail = useLiveTail({ appId: app, type });
  const words = stateWords[tail.state];
  return (
    <Page
      title="Live tail"
      heading={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          Live tail
          <span
            role="status"
            className="inline-flex items-center gap-2 text-[0.8667rem] font-normal tracking-normal text-ink-2"
          >
            <Dot
              tone={tail.isPaused ? 'idle' : words.tone}
              isLive={tail.state === 'live' && !tail.isPaused}
            />
            {tail.isPaused ? `Paused, ${count(tail.heldCount)} new` : words.text}
          </span>
        </span>
      }
      subtitle="Events as they are accepted. A lost connection goes on where it was lost."
      actions={
        <Button
          icon={
            tail.isPaused ? <Play aria-hidden className="size-4" /> : <Pause aria-hidden className="size-4" />
          }
          onClick={() => tail.pause(!tail.isPaused)}
        >
          {tail.isPaused ? 'Go on' : 'Pause'}
        </Button>
      }
    >
      <Card isFlush>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <TypeFilter value={type} onChange={(value) => set({ type: value })} />
          {tail.events.length > 0 && (
            <Button size="small" look="quiet" onClick={tail.clear}>
              Clear the list
            </Button>
          )}
        </div>
        {tail.error !== null ? (
          <ErrorNotice error={tail.error} />
        ) : tail.events.length === 0 ? (
          <EmptyNotice title={tail.state === 'live' ? 'Listening' : 'Connecting'}>
            The next event{app === undefined ? '' : ' of this app'} appears here.
          </EmptyNotice>
        ) : (
          <ol aria-label="Events, newest first" className="min-h-96">
            {tail.events.map((event) => (
              <Row key={event.cursor} event={event} onPickType={() => set({ type: event.type })} />
            ))}
          </ol>
        )}
      </Card>
    </Page>
  );
}

function Row({ event, onPickType }: { readonly event: TailedEvent; readonly onPickType: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="border-b border-line last:border-0" style={{ animation: 'arrive 1.6s ease-out' }}>
      <div className="flex items-center gap-2.5 pr-4 pl-2 text-[0.9333rem]">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-label={`Data of ${event.type} at ${clockTime(event.timestamp)}`}
          onClick={() => setOpen(!isOpen)}
          className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-ink-3 hover:text-ink"
        >
          <ChevronRight
            aria-hidden
            className={classNames('size-4 transition-transform', isOpen && 'rotate-90')}
          />
        </button>
        <time
          dateTime={event.timestamp}
          title={exactTime(event.timestamp)}
          className="text-[0.8667rem] text-ink-3 tabular-nums"
        >
          {clockTime(event.timestamp)}
        </time>
        <button
          type="button"
          onClick={onPickType}
          title="Only these"
          className="shrink-0 rounded-full text-left hover:opacity-75 md:w-36"
        >
          <Badge tone="accent">{event.type}</Badge>
        </button>
        <code className="hidden min-w-0 flex-1 truncate font-mono text-[0.8rem] text-ink-3 md:block">
          {JSON.stringify(event.data)}
        </code>
        <Link
          href={hrefOf('/live', { app: event.appId })}
          className="hidden max-w-36 truncate text-[0.8667rem] text-ink-3 hover:underline lg:block"
        >
          {event.appId}
        </Link>
        <Link
          href={`/events/${event.id}`}
          className="ml-auto shrink-0 text-[0.8667rem] text-accent hover:underline md:ml-0"
        >
          Explain<span className="sr-only"> {event.id}</span>
        </Link>
      </div>
      {isOpen && (
        <div className="px-4 pb-3.5 pl-13">
          <p className="mb-2 font-mono text-[0.8rem] break-all text-ink-3">{event.id}</p>
          <CodeBlock label="Event data" text={JSON.stringify(event.data, null, 2)} />
        </div>
      )}
    </li>
  );
}
