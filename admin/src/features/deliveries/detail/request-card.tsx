import { useQuery } from '@tanstack/react-query';
import type { DeliveryDetail, EventView, WebhookView } from '@tocsin/shared';
import { maskUrl } from '@tocsin/shared';
import { Card } from '../../../components/ui/card.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { CopyButton } from '../../../components/ui/copy-button.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { resolveChatFormat } from '../../../lib/chat-format.ts';
import { prettyJson } from '../../../lib/format.ts';
import { formatLabels } from '../../../lib/labels.ts';
import { useCan } from '../../../lib/session.ts';
import { trpc } from '../../../lib/trpc.ts';
import { HeadersTable } from './headers-table.tsx';
import { rebuildBody, rebuildHeaders } from './rebuild-request.ts';
import { toCurl } from './to-curl.ts';

/**
 * The request of the last attempt: as it was sent, if it is recorded, and otherwise rebuilt from the event and the
 * webhook. Needs the scope `events:read`.
 */
export function RequestCard({ delivery }: { readonly delivery: DeliveryDetail }) {
  const can = useCan();
  const event = useQuery(
    trpc.events.get.queryOptions({ id: delivery.eventId }, { enabled: can('events:read') }),
  );
  const webhook = useQuery(
    trpc.webhooks.get.queryOptions({ id: delivery.webhookId }, { enabled: can('webhooks:read') }),
  );
  if (!can('events:read')) return null;
  // Waits for the webhook too, which is loaded on its own and would push the body down.
  if (event.data === undefined || webhook.isLoading) {
    return (
      <Card key="loading" title="Request" hint={'\u00a0'}>
        {event.error === null ? (
          <div aria-hidden className="shimmer h-40" />
        ) : (
          <InlineError error={event.error} />
        )}
      </Card>
    );
  }
  const request = toShownRequest(delivery, event.data, webhook.data);
  return (
    <Card
      title="Request"
      hint={request.hint}
      actions={
        request.url !== undefined &&
        request.chatFormat === undefined && (
          <CopyButton
            label="Copy as curl"
            text={toCurl(request.url, request.headers, JSON.stringify(JSON.parse(request.body)))}
          />
        )
      }
    >
      <div className="flex flex-col gap-4">
        {request.url !== undefined && (
          <div>
            <p className="mb-2 font-mono text-[0.8667rem] wrap-anywhere">
              <span className="font-semibold">POST</span> {request.url}
            </p>
            <HeadersTable label="Request headers" headers={request.headers} />
          </div>
        )}
        {request.chatFormat !== undefined && (
          <p className="text-[0.8667rem] text-ink-2">
            Sent as a {formatLabels[request.chatFormat].name} built from this event:
          </p>
        )}
        <CodeBlock label={request.chatFormat === undefined ? 'Body' : 'Event data'} text={request.body} />
      </div>
    </Card>
  );
}

/** A request as it is shown. The URL is missing if neither the request nor the webhook is known. */
function toShownRequest(delivery: DeliveryDetail, event: EventView, webhook: WebhookView | undefined) {
  const recorded = delivery.attempts.at(-1)?.request ?? undefined;
  const chatFormat = webhook && resolveChatFormat(webhook.url, webhook.format);
  const isJson = webhook !== undefined && chatFormat === undefined;
  const body = isJson ? rebuildBody(webhook, event) : prettyJson(JSON.stringify(event.data));
  if (recorded !== undefined) {
    const { url, headers } = recorded;
    return { url, headers, body, chatFormat, hint: 'As sent in the last attempt. Credentials are hidden.' };
  }
  const isOutdated = webhook !== undefined && webhook.updatedAt > delivery.createdAt;
  return {
    url: webhook && maskUrl(webhook.url),
    headers: webhook === undefined ? [] : rebuildHeaders(webhook, event, delivery, chatFormat !== undefined),
    body,
    chatFormat,
    hint: isOutdated
      ? 'Rebuilt from the current webhook settings, which changed after this delivery was created.'
      : 'Rebuilt from the webhook settings.',
  };
}
