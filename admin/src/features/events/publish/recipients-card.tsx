import { useQuery } from '@tanstack/react-query';
import { HealthBadge } from '../../../components/ui/badge.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { counted } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { shownUrl } from '../../../lib/redact-url.ts';
import { trpc } from '../../../lib/trpc.ts';

/** Who will get an event, before it is published: it is a real one. */
export function Recipients({ appId, type }: { readonly appId: string; readonly type: string }) {
  const can = useCan();
  const webhooks = useQuery(
    trpc.webhooks.list.queryOptions({ appId }, { enabled: appId !== '' && can('webhooks:read') }),
  );
  if (!can('webhooks:read') || appId === '') return null;
  const all = webhooks.data?.items ?? [];
  const wanting = all.filter((webhook) => webhook.events.some((name) => name === type));
  return (
    <Card
      title="Who gets it"
      hint={
        webhooks.data === undefined
          ? '…'
          : `${wanting.filter((webhook) => webhook.enabled).length} of ${counted(all.length, 'webhook')} of the app`
      }
      isFlush
    >
      {webhooks.error !== null ? (
        <div className="p-4">
          <InlineError error={webhooks.error} />
        </div>
      ) : webhooks.data === undefined ? (
        <div aria-hidden className="shimmer m-4 h-16" />
      ) : wanting.length === 0 ? (
        <p className="px-4 py-5 text-[0.9333rem] text-ink-2">
          No webhook subscribes {type}. It is accepted and kept.
        </p>
      ) : (
        <ul>
          {wanting.map((webhook) => (
            <li
              key={webhook.id}
              className="flex items-center justify-between gap-3 border-b border-line px-4 py-2.5 last:border-0"
            >
              <span className="min-w-0 truncate font-mono text-[0.8667rem]">{shownUrl(webhook.url)}</span>
              <HealthBadge state={webhook.health.state} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
