import { useQuery } from '@tanstack/react-query';
import type { DeliveryDetail, EventView, WebhookView } from '@tocsin/shared';
import { Card } from '../../components/ui/card.tsx';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { InlineError } from '../../components/ui/notice.tsx';
import { resolveChatFormat } from '../../lib/chat-format.ts';
import { prettyJson } from '../../lib/format.ts';
import { formatLabels } from '../../lib/labels.ts';
import { maskUrl } from '@tocsin/shared';
import { useCan } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
import { rebuildBody, rebuildHeaders, type HeaderLine } from './rebuild-request.ts';

/** The request of a delivery, rebuilt from the event and the webhook. Needs the scope `events:read`. */
export function RequestCard({ delivery }: { readonly delivery: DeliveryDetail }) {
  const can = useCan();
  const event = useQuery(
    trpc.events.get.queryOptions({ id: delivery.eventId }, { enabled: can('events:read') }),
  );
  const webhook = useQuery(
    trpc.webhooks.get.queryOptions({ id: delivery.webhookId }, { enabled: can('webhooks:read') }),
  );
  if (!can('events:read')) return null;
  if (event.data === undefined) {
    return (
      <Card title="Request">
        {event.error === null ? (
          <div aria-hidden className="shimmer h-40" />
        ) : (
          <InlineError error={event.error} />
        )}
      </Card>
    );
  }
  const isOutdated = webhook.data !== undefined && webhook.data.updatedAt > delivery.createdAt;
  return (
    <Card
      title="Request"
      hint={
        isOutdated
          ? 'Shows the current webhook settings, which changed after this delivery was created.'
          : undefined
      }
    >
      <Request delivery={delivery} event={event.data} webhook={webhook.data} />
    </Card>
  );
}

function Request({
  delivery,
  event,
  webhook,
}: {
  readonly delivery: DeliveryDetail;
  readonly event: EventView;
  /** Undefined while it loads, or if the actor lacks `webhooks:read`. */
  readonly webhook: WebhookView | undefined;
}) {
  const chatFormat = webhook && resolveChatFormat(webhook.url, webhook.format);
  const isChatMessage = chatFormat !== undefined;
  return (
    <div className="flex flex-col gap-4">
      {webhook && (
        <div>
          <p className="mb-2 font-mono text-[0.8667rem] break-all">
            <span className="font-semibold">POST</span> {maskUrl(webhook.url)}
          </p>
          <HeadersTable headers={rebuildHeaders(webhook, event, delivery, isChatMessage)} />
        </div>
      )}
      {isChatMessage && (
        <p className="text-[0.8667rem] text-ink-2">
          Sent as a {formatLabels[chatFormat].name} built from this event:
        </p>
      )}
      <CodeBlock
        label={isChatMessage ? 'Event data' : 'Body'}
        text={
          webhook !== undefined && !isChatMessage
            ? rebuildBody(webhook, event)
            : prettyJson(JSON.stringify(event.data))
        }
      />
    </div>
  );
}

function HeadersTable({ headers }: { readonly headers: readonly HeaderLine[] }) {
  return (
    <table className="text-[0.8rem]">
      <caption className="sr-only">Request headers</caption>
      <tbody>
        {headers.map((header) => (
          <tr key={header.name}>
            <th
              scope="row"
              className="py-0.5 pr-4 text-left align-top font-mono font-normal whitespace-nowrap text-ink-3"
            >
              {header.name}
            </th>
            <td className="py-0.5 font-mono break-all">
              {header.isRedacted ? <span title="Hidden">{header.value}</span> : header.value}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
