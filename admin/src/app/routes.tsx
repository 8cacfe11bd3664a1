import { lazy, type ComponentType } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { EmptyNotice } from '../components/ui/notice.tsx';
import { Page } from '../components/ui/page.tsx';
import { AppPage } from '../features/apps/app-page.tsx';
import { AppsPage } from '../features/apps/apps-page.tsx';
import { AuditPage } from '../features/audit/audit-page.tsx';
import { CatalogPage } from '../features/catalog/catalog-page.tsx';
import { EventTypePage } from '../features/catalog/event-type-page.tsx';
import { RegisterPage } from '../features/catalog/register/register-page.tsx';
import { DeliveriesPage } from '../features/deliveries/deliveries-page.tsx';
import { DeliveryPage } from '../features/deliveries/delivery-page.tsx';
import { EventPage } from '../features/events/event-page.tsx';
import { EventsPage } from '../features/events/events-page.tsx';
import { PublishPage } from '../features/events/publish/publish-page.tsx';
import { KeysPage } from '../features/keys/keys-page.tsx';
import { LivePage } from '../features/live/live-page.tsx';
import { CreateWebhookPage } from '../features/webhooks/create-webhook-page.tsx';
import { EditWebhookPage } from '../features/webhooks/edit-webhook-page.tsx';
import { WebhookPage } from '../features/webhooks/webhook-page.tsx';
import { useCan } from '../lib/session.ts';

// Loaded lazily because it brings the chart library, which no other page needs.
const OverviewPage = lazy(async () => {
  const { OverviewPage: Overview } = await import('../features/overview/overview-page.tsx');
  return { default: Overview };
});

/** Remounts a detail page for each id, so that data of one id is never shown at the address of another. */
function DetailPage({
  page: PageComponent,
  id,
}: {
  readonly page: ComponentType<{ readonly id: string }>;
  readonly id: string;
}) {
  return <PageComponent key={id} id={decodeURIComponent(id)} />;
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
      <Route path="/apps/:id">{({ id }) => <DetailPage page={AppPage} id={id} />}</Route>
      <Route path="/webhooks/new" component={CreateWebhookPage} />
      <Route path="/webhooks/:id">{({ id }) => <DetailPage page={WebhookPage} id={id} />}</Route>
      <Route path="/webhooks/:id/edit">{({ id }) => <DetailPage page={EditWebhookPage} id={id} />}</Route>
      <Route path="/deliveries" component={DeliveriesPage} />
      <Route path="/deliveries/:id">{({ id }) => <DetailPage page={DeliveryPage} id={id} />}</Route>
      <Route path="/events" component={EventsPage} />
      <Route path="/events/publish" component={PublishPage} />
      <Route path="/events/:id">{({ id }) => <DetailPage page={EventPage} id={id} />}</Route>
      <Route path="/live" component={LivePage} />
      <Route path="/catalog" component={CatalogPage} />
      <Route path="/catalog/register" component={RegisterPage} />
      <Route path="/catalog/types/:id">{({ id }) => <DetailPage page={EventTypePage} id={id} />}</Route>
      <Route path="/keys" component={KeysPage} />
      <Route path="/audit" component={AuditPage} />
      <Route>
        <Page title="Not found">
          <EmptyNotice title="Page not found">
            The address may be mistyped or belong to another version.
          </EmptyNotice>
        </Page>
      </Route>
    </Switch>
  );
}
