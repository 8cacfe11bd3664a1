import { matchesEventType, type WebhookView } from '@tocsin/shared';
import { EndpointHealthBadge } from '../../../components/badges/endpoint-health-badge.tsx';
import { WebhookName } from '../../../components/webhook-name.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { pluralize } from '../../../lib/format.ts';
import { useRecipients } from './use-recipients.ts';

/** The webhooks that will receive an event, shown before it is published. */
export function RecipientsCard({ appId, type }: { readonly appId: string; readonly type: string }) {
  const { subscribed, enabled, total, isKnown, error } = useRecipients(appId, type);
  if (!isKnown || appId === '') return null;
  return (
    <Card
      title="Recipients"
      hint={subscribed === undefined ? '…' : `${enabled.length} of ${pluralize(total, 'webhook')} of the app`}
      flush
    >
      {error !== null ? (
        <div className="p-4">
          <InlineError error={error} />
        </div>
      ) : subscribed === undefined ? (
        <div aria-hidden className="shimmer m-4 h-16" />
      ) : (
        <RecipientList webhooks={subscribed} type={type} />
      )}
    </Card>
  );
}

function RecipientList({
  webhooks,
  type,
}: {
  readonly webhooks: readonly WebhookView[];
  readonly type: string;
}) {
  if (webhooks.length === 0) {
    return (
      <p className="px-4 py-5 text-[0.9333rem] text-ink-2">
        No webhook is subscribed to {type}. The event is stored but not sent.
      </p>
    );
  }
  return (
    <ul>
      {webhooks.map((webhook) => (
        <li
          key={webhook.id}
          className="flex items-center justify-between gap-3 border-b border-line px-4 py-2.5 last:border-0"
        >
          <span className="min-w-0">
            <WebhookName url={webhook.url} description={webhook.description} />
            <SubscribedBy events={webhook.events} type={type} />
          </span>
          <EndpointHealthBadge webhook={webhook} />
        </li>
      ))}
    </ul>
  );
}

/** The pattern that subscribes a webhook. Nothing if the webhook names the type. */
function SubscribedBy({ events, type }: { readonly events: readonly string[]; readonly type: string }) {
  const entry = events.includes(type) ? undefined : events.find((each) => matchesEventType(each, type));
  if (entry === undefined) return null;
  return <span className="block text-xs text-ink-3">Subscribed by {entry}</span>;
}
