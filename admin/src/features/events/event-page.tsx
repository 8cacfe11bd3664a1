import { useQuery } from '@tanstack/react-query';
import { SendToWebhookButton } from '../../components/resend/resend-button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { CopyableId } from '../../components/ui/copy-button.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { EventDetailsCard } from './event-details-card.tsx';
import { VerdictsCard } from './verdicts-card.tsx';

const breadcrumbs = [{ href: '/events', label: 'Events' }];

export function EventPage({ id }: { readonly id: string }) {
  const explain = useQuery(
    trpc.events.explain.queryOptions(
      { id },
      {
        refetchInterval: ({ state }) =>
          state.data?.verdicts.some(({ verdict }) => verdict === 'pending') === true ? 1_500 : pollMs.slow,
      },
    ),
  );
  const { data } = explain;
  if (data === undefined) {
    return (
      <Page title="Event" breadcrumbs={breadcrumbs} subtitle={<CopyableId id={id} />}>
        <Card flush>
          <LoadFallback error={explain.error} onRetry={() => void explain.refetch()} className="m-4 h-72" />
        </Card>
      </Page>
    );
  }
  const { event, verdicts, isCapped } = data;
  return (
    <Page
      title={event.event}
      breadcrumbs={breadcrumbs}
      subtitle={<CopyableId id={id} />}
      actions={<SendToWebhookButton event={event} label="Send to a webhook" />}
    >
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <VerdictsCard event={event} verdicts={verdicts} isCapped={isCapped} />
        <div className="flex min-w-0 flex-col gap-5">
          <EventDetailsCard event={event} />
          <Card title="Data">
            <CodeBlock label="Event data" text={JSON.stringify(event.data, null, 2)} />
          </Card>
        </div>
      </div>
    </Page>
  );
}
