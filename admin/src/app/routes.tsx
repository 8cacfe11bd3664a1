import type { Scope } from '@tocsin/shared';
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
import { SearchPage } from '../features/search/search-page.tsx';
import { CreateWebhookPage } from '../features/webhooks/create-webhook-page.tsx';
import { EditWebhookPage } from '../features/webhooks/edit-webhook-page.tsx';
import { WebhookPage } from '../features/webhooks/webhook-page.tsx';
import { useCan } from '../lib/session.ts';
import { RequireScope } from './require-scope.tsx';

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
  const decoded = decodeId(id);
  return decoded === undefined ? <NotFoundPage /> : <PageComponent key={id} id={decoded} />;
}

/** Undefined: the address is malformed. */
function decodeId(id: string): string | undefined {
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

interface PageRoute {
  readonly path: string;
  /** Undefined: every caller may see the page. */
  readonly scope?: Scope;
  readonly page?: ComponentType;
  /** A page about the object that the path names. */
  readonly detail?: ComponentType<{ readonly id: string }>;
}

const pages: readonly PageRoute[] = [
  { path: '/apps', scope: 'webhooks:read', page: AppsPage },
  { path: '/apps/:id', scope: 'webhooks:read', detail: AppPage },
  { path: '/webhooks/new', scope: 'webhooks:write', page: CreateWebhookPage },
  { path: '/webhooks/:id', scope: 'webhooks:read', detail: WebhookPage },
  { path: '/webhooks/:id/edit', scope: 'webhooks:write', detail: EditWebhookPage },
  { path: '/deliveries', scope: 'deliveries:read', page: DeliveriesPage },
  { path: '/deliveries/:id', scope: 'deliveries:read', detail: DeliveryPage },
  { path: '/events', scope: 'events:read', page: EventsPage },
  { path: '/events/publish', scope: 'events:publish', page: PublishPage },
  { path: '/events/:id', scope: 'events:read', detail: EventPage },
  { path: '/search', scope: 'events:read', page: SearchPage },
  { path: '/live', scope: 'events:read', page: LivePage },
  { path: '/catalog', page: CatalogPage },
  { path: '/catalog/register', scope: 'catalog:write', page: RegisterPage },
  { path: '/catalog/types/:id', detail: EventTypePage },
  { path: '/keys', scope: 'keys:write', page: KeysPage },
  { path: '/audit', scope: '*', page: AuditPage },
];

/** The pages to begin with, the best first. */
const homes = ['/apps', '/events', '/events/publish', '/catalog'] as const;

export function Routes() {
  const can = useCan();
  const canOpen = ({ scope }: PageRoute) => scope === undefined || can(scope);
  const home = homes.find((path) => pages.some((page) => page.path === path && canOpen(page))) ?? '/catalog';
  return (
    <Switch>
      <Route path="/">{can('deliveries:read') ? <OverviewPage /> : <Redirect to={home} />}</Route>
      <Route path="/sign-in">
        <Redirect to="/" />
      </Route>
      {pages.map((route) => (
        <Route key={route.path} path={route.path}>
          {({ id = '' }: { id?: string }) => <RoutedPage route={route} id={id} />}
        </Route>
      ))}
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}

function RoutedPage({
  route: { scope, page: StaticPage, detail },
  id,
}: {
  readonly route: PageRoute;
  readonly id: string;
}) {
  const content = detail ? <DetailPage page={detail} id={id} /> : StaticPage && <StaticPage />;
  return scope === undefined ? content : <RequireScope scope={scope}>{content}</RequireScope>;
}

function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyNotice title="Page not found">
        The address may be mistyped or belong to another version.
      </EmptyNotice>
    </Page>
  );
}
