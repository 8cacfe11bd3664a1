import { Pause, Play } from 'lucide-react';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { EventTypeFilter } from '../../components/filters/event-type-filter.tsx';
import { Dot, type Tone } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import { EmptyNotice, ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { formatCount } from '../../lib/format.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { LiveEventRow } from './live-event-row.tsx';
import { useLiveTail, type LiveTail, type TailState } from './use-live-tail.ts';

const stateLabels: Record<TailState, { readonly label: string; readonly tone: Tone }> = {
  connecting: { label: 'Connecting', tone: 'warn' },
  live: { label: 'Live', tone: 'ok' },
  reconnecting: { label: 'Reconnecting; no events are lost', tone: 'warn' },
  rejected: { label: 'Disconnected', tone: 'bad' },
};

export function LivePage() {
  const [{ app, type }, set] = useUrlState(['app', 'type']);
  const tail = useLiveTail({ appId: app, type });
  return (
    <Page
      title="Live tail"
      heading={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          Live tail
          <TailStatus tail={tail} />
        </span>
      }
      subtitle="Events as they are accepted. Resumes where it left off after a disconnect."
      actions={
        <Button
          icon={
            tail.isPaused ? <Play aria-hidden className="size-4" /> : <Pause aria-hidden className="size-4" />
          }
          onClick={() => tail.setPaused(!tail.isPaused)}
        >
          {tail.isPaused ? 'Resume' : 'Pause'}
        </Button>
      }
    >
      <Card flush>
        <CardToolbar>
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <EventTypeFilter value={type} onChange={(value) => set({ type: value })} />
          {tail.events.length > 0 && (
            <Button size="small" variant="ghost" onClick={tail.clear}>
              Clear events
            </Button>
          )}
        </CardToolbar>
        {tail.error !== null ? (
          <ErrorNotice error={tail.error} />
        ) : tail.events.length === 0 ? (
          <EmptyNotice title={tail.state === 'live' ? 'Waiting for events' : 'Connecting'}>
            New events{app === undefined ? '' : ' of this app'} appear here.
          </EmptyNotice>
        ) : (
          <ol aria-label="Events, newest first" className="min-h-96">
            {tail.events.map((event) => (
              <LiveEventRow key={event.cursor} event={event} onPickType={() => set({ type: event.type })} />
            ))}
          </ol>
        )}
      </Card>
    </Page>
  );
}

function TailStatus({ tail: { state, isPaused, bufferedCount } }: { readonly tail: LiveTail }) {
  const { label, tone } = stateLabels[state];
  return (
    <span
      role="status"
      className="inline-flex items-center gap-2 text-[0.8667rem] font-normal tracking-normal text-ink-2"
    >
      <Dot tone={isPaused ? 'idle' : tone} pulse={state === 'live' && !isPaused} />
      {isPaused ? `Paused, ${formatCount(bufferedCount)} new` : label}
    </span>
  );
}
