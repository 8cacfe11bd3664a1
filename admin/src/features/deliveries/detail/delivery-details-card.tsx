import type { DeliveryDetail, Scope } from '@tocsin/shared';
import { AppName } from '../../../components/app-name.tsx';
import { ScopedLink } from '../../../components/scoped-link.tsx';
import { Card, DescriptionItem, DescriptionList } from '../../../components/ui/card.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { WebhookName } from '../../../components/webhook-name.tsx';

export function DeliveryDetailsCard({ delivery }: { readonly delivery: DeliveryDetail }) {
  return (
    <Card title="Details">
      <DescriptionList>
        <DescriptionItem label="Event">
          <IdLink scope="events:read" href={`/events/${delivery.eventId}`} id={delivery.eventId} />
        </DescriptionItem>
        <DescriptionItem label="Webhook">
          {delivery.endpoint === null ? (
            <IdLink scope="webhooks:read" href={`/webhooks/${delivery.webhookId}`} id={delivery.webhookId} />
          ) : (
            <ScopedLink
              scope="webhooks:read"
              href={`/webhooks/${delivery.webhookId}`}
              className="flex min-w-0 text-accent hover:underline"
            >
              <WebhookName {...delivery.endpoint} />
            </ScopedLink>
          )}
        </DescriptionItem>
        <DescriptionItem label="App">
          <ScopedLink
            scope="webhooks:read"
            href={`/apps/${encodeURIComponent(delivery.appId)}`}
            className="wrap-anywhere text-accent hover:underline"
          >
            <AppName id={delivery.appId} />
          </ScopedLink>
        </DescriptionItem>
        {delivery.sentByHand !== null && (
          <DescriptionItem label="Sent by hand">
            <Time at={delivery.sentByHand.at} format="date" /> by <bdi>{delivery.sentByHand.by}</bdi>
          </DescriptionItem>
        )}
        <DescriptionItem label="Created">
          <Time at={delivery.createdAt} format="date" />
        </DescriptionItem>
        {delivery.finishedAt !== null && (
          <DescriptionItem label="Finished">
            <Time at={delivery.finishedAt} format="date" />
          </DescriptionItem>
        )}
        {delivery.nextAttemptAt !== null && (
          <DescriptionItem label="Next attempt">
            <Time at={delivery.nextAttemptAt} format="date" />
          </DescriptionItem>
        )}
      </DescriptionList>
    </Card>
  );
}

function IdLink({ scope, href, id }: { readonly scope: Scope; readonly href: string; readonly id: string }) {
  return (
    <span className="font-mono text-[0.8667rem] wrap-anywhere">
      <ScopedLink scope={scope} href={href} className="text-accent hover:underline">
        {id}
      </ScopedLink>
    </span>
  );
}
