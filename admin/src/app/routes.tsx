import { lazy, type ComponentType } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { EmptyNotice } from '../components/ui/notice.tsx';
import { Page } from '../components/ui/page.tsx';
import { AppPage } from '../features/apps/app-page.tsx';
import { AppsPage } from '../features/apps/apps-page.tsx';
import { AuditPage } from '../features/audit/audit-page.tsx';
import { CataloguePage } from '../features/catalog/catalog-page.tsx';
import { DeliveriesPage } from '../features/deliveries/deliveries-page.tsx';
import { DeliveryPage } from '../features/deliveries/delivery-page.tsx';
import { EventPage } from '../features/events/event-page.tsx';
import { EventsPage } from '../features/events/events-page.tsx';
import { PublishPage } from '../features/events/publish/publish-page.tsx';
import { KeysPage } from '../features/keys/keys-page.tsx';
import { LivePage } from '../features/live/live-page.tsx';
import { CreateWebhookPage, EditWebhookPage } from '../features/webhooks/edit-webhook-page.tsx';
import { WebhookPage } from '../features/webhooks/webhook-page.tsx';
import { useCan } from '../lib/session.ts';

// Brings the chart library, which no other page needs.
const OverviewPage = lazy(async () => {
  const { OverviewPage: Overview } = await import('../features/overview/overview-page.tsx');
  return { default: Overview };
});

/** Each page of one thing is made anew for another id: no answer of the one is ever shown at the address of the other. */
function ById({
  page: Shown,
  id,
}: {
  readonly page: ComponentType<{ readonly id: string }>;
  readonly id: string;
}) {
  return <Shown key={id} id={decodeURIComponent(id)} />;
}

export function Routes() {
  const can = useCan();
  return (
    <Switch>
      <Route path="/">{can('deliveries:read') ? <OverviewPage /> : <Redirect to="/apps" />}</Route>
      <Route path="/sign-in">
        <Redirect to="/" />
      </Route>
      <Route path="/apps" component={AppsPage} />
      <Route path="/apps/:id">{({ id }) => <ById page={AppPage} id={id} />}</Route>
      <Route path="/webhooks/new" component={CreateWebhookPage} />
      <Route path="/webhooks/:id">{({ id }) => <ById page={WebhookPage} id={id} />}</Route>
      <Route path="/webhooks/:id/edit">{({ id }) => <ById page={EditWebhookPage} id={id} />}</Route>
      <Route path="/deliveries" component={DeliveriesPage} />
      <Route path="/deliveries/:id">{({ id }) => <ById page={DeliveryPage} id={id} />}</Route>
      <Route path="/events" component={EventsPage} />
      <Route path="/events/publish" component={PublishPage} />
      <Route path="/events/:id">{({ id }) => <ById page={EventPage} id={id} />}</Route>
      <Route path="/live" component={LivePage} />
      <Route path="/catalogue" component={CataloguePage} />
      <Route path="/keys" component={KeysPage} />
      <Route path="/audit" component={AuditPage} />
      <Route>
        <Page title="Not found">
          <EmptyNotice title="There is no such page">
            The address may be mistyped or from another version.
          </EmptyNotice>
        </Page>
      </Route>
    </Switch>
  );
}
