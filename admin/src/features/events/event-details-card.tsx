import type { EventView } from '@tocsin/shared';
import { Link } from 'wouter';
import { AppName } from '../../components/app-name.tsx';
import { ScopedLink } from '../../components/scoped-link.tsx';
import { Card, DescriptionItem, DescriptionList } from '../../components/ui/card.tsx';
import { Time } from '../../components/ui/time.tsx';

export function EventDetailsCard({ event }: { readonly event: EventView }) {
  return (
    <Card title="Details">
      <DescriptionList>
        <DescriptionItem label="App">
          <ScopedLink
            scope="webhooks:read"
            href={`/apps/${encodeURIComponent(event.appId)}`}
            className="wrap-anywhere text-accent hover:underline"
          >
            <AppName id={event.appId} />
          </ScopedLink>
        </DescriptionItem>
        <DescriptionItem label="Type">
          <Link
            href={`/catalog/types/${encodeURIComponent(event.event)}`}
            className="wrap-anywhere text-accent hover:underline"
          >
            {event.event}
          </Link>
        </DescriptionItem>
        <DescriptionItem label="Occurred">
          <Time at={event.timestamp} format="date" />
        </DescriptionItem>
        <DescriptionItem label="Accepted">
          <Time at={event.createdAt} format="date" />
        </DescriptionItem>
        <DescriptionItem label="Idempotency key">
          {event.idempotencyKey === null ? (
            <span className="text-ink-3">None</span>
          ) : (
            <code className="font-mono text-[0.8667rem]">{event.idempotencyKey}</code>
          )}
        </DescriptionItem>
      </DescriptionList>
    </Card>
  );
}
