import type { DeliveryDetail } from '@tocsin/shared';
import { Link } from 'wouter';
import { Card, DescriptionItem, DescriptionList } from '../../components/ui/card.tsx';
import { Time } from '../../components/ui/time.tsx';

export function DeliveryDetailsCard({ delivery }: { readonly delivery: DeliveryDetail }) {
  return (
    <Card title="Details">
      <DescriptionList>
        <DescriptionItem label="Event">
          <IdLink href={`/events/${delivery.eventId}`} id={delivery.eventId} />
        </DescriptionItem>
        <DescriptionItem label="Webhook">
          <IdLink href={`/webhooks/${delivery.webhookId}`} id={delivery.webhookId} />
        </DescriptionItem>
        <DescriptionItem label="App">
          <IdLink href={`/apps/${encodeURIComponent(delivery.appId)}`} id={delivery.appId} />
        </DescriptionItem>
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

function IdLink({ href, id }: { readonly href: string; readonly id: string }) {
  return (
    <Link href={href} className="font-mono text-[0.8667rem] break-all text-accent hover:underline">
      {id}
    </Link>
  );
}
