import type { Scope } from '@tocsin/shared';
import { SearchX } from 'lucide-react';
import { useEffect, type ComponentType } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { ButtonLink } from '../components/ui/button.tsx';
import { Card } from '../components/ui/card.tsx';
import { EmptyNotice } from '../components/ui/notice.tsx';
import { Page } from '../components/ui/page.tsx';
import { useCan } from '../lib/session.ts';
import { lazyPage, preloadPages } from './lazy-page.ts';
import { RequireScope } from './require-scope.tsx';

/** How to load the code of each page. */
const loads = {
  alerts: async () => (await import('../features/alerts/alerts-page.tsx')).AlertsPage,
  app: async () => (await import('../features/apps/app-page.tsx')).AppPage,
  apps: async () => (await import('../features/apps/apps-page.tsx')).AppsPage,
  audit: async () => (await import('../features/audit/audit-page.tsx')).AuditPage,
  catalog: async () => (await import('../features/catalog/catalog-page.tsx')).CatalogPage,
  eventType: async () => (await import('../features/catalog/event-type-page.tsx')).EventTypePage,
  register: async () => (await import('../features/catalog/register/register-page.tsx')).RegisterPage,
  deliveries: async () => (await import('../features/deliveries/deliveries-page.tsx')).DeliveriesPage,
  delivery: async () => (await import('../features/deliveries/detail/delivery-page.tsx')).DeliveryPage,
  event: async () => (await import('../features/events/event-page.tsx')).EventPage,
  events: async () => (await import('../features/events/events-page.tsx')).EventsPage,
  publish: async () => (await import('../features/events/publish/publish-page.tsx')).PublishPage,
  incident: async () => (await import('../features/incidents/incident-page.tsx')).IncidentPage,
  incidents: async () => (await import('../features/incidents/incidents-page.tsx')).IncidentsPage,
  keys: async () => (await import('../features/keys/keys-page.tsx')).KeysPage,
  live: async () => (await import('../features/live/live-page.tsx')).LivePage,
  createWebhook: async () => (await import('../features/webhooks/create-webhook-page.tsx')).CreateWebhookPage,
  editWebhook: async () => (await import('../features/webhooks/edit-webhook-page.tsx')).EditWebhookPage,
  search: async () => (await import('../features/search/search-page.tsx')).SearchPage,
  webhook: async () => (await import('../features/webhooks/webhook-page.tsx')).WebhookPage,
  overview: async () => (await import('../features/overview/overview-page.tsx')).OverviewPage,
} as const;

const AlertsPage = lazyPage(loads.alerts);
const AppPage = lazyPage(loads.app);
const AppsPage = lazyPage(loads.apps);
const AuditPage = lazyPage(loads.audit);
const CatalogPage = lazyPage(loads.catalog);
const EventTypePage = lazyPage(loads.eventType);
const RegisterPage = lazyPage(loads.register);
const DeliveriesPage = lazyPage(loads.deliveries);
const DeliveryPage = lazyPage(loads.delivery);
const EventPage = lazyPage(loads.event);
const EventsPage = lazyPage(loads.events);
const PublishPage = lazyPage(loads.publish);
const IncidentPage = lazyPage(loads.incident);
const IncidentsPage = lazyPage(loads.incidents);
const KeysPage = lazyPage(loads.keys);
const LivePage = lazyPage(loads.live);
const CreateWebhookPage = lazyPage(loads.createWebhook);
const EditWebhookPage = lazyPage(loads.editWebhook);
const SearchPage = lazyPage(loads.search);
const WebhookPage = lazyPage(loads.webhook);
const OverviewPage = lazyPage(loads.overview);

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
  readonly load: () => Promise<unknown>;
}

const pages: readonly PageRoute[] = [
  { path: '/apps', scope: 'webhooks:read', page: AppsPage, load: loads.apps },
  { path: '/apps/:id', scope: 'webhooks:read', detail: AppPage, load: loads.app },
  { path: '/webhooks/new', scope: 'webhooks:write', page: CreateWebhookPage, load: loads.createWebhook },
  { path: '/webhooks/:id', scope: 'webhooks:read', detail: WebhookPage, load: loads.webhook },
  { path: '/webhooks/:id/edit', scope: 'webhooks:write', detail: EditWebhookPage, load: loads.editWebhook },
  { path: '/deliveries', scope: 'deliveries:read', page: DeliveriesPage, load: loads.deliveries },
  { path: '/deliveries/:id', scope: 'deliveries:read', detail: DeliveryPage, load: loads.delivery },
  { path: '/events', scope: 'events:read', page: EventsPage, load: loads.events },
  { path: '/events/publish', scope: 'events:publish', page: PublishPage, load: loads.publish },
  { path: '/events/:id', scope: 'events:read', detail: EventPage, load: loads.event },
  { path: '/incidents', scope: 'deliveries:read', page: IncidentsPage, load: loads.incidents },
  { path: '/incidents/:id', scope: 'deliveries:read', detail: IncidentPage, load: loads.incident },
  { path: '/search', scope: 'events:read', page: SearchPage, load: loads.search },
  { path: '/live', scope: 'events:read', page: LivePage, load: loads.live },
  { path: '/catalog', page: CatalogPage, load: loads.catalog },
  { path: '/catalog/register', scope: 'catalog:write', page: RegisterPage, load: loads.register },
  { path: '/catalog/types/:id', detail: EventTypePage, load: loads.eventType },
  { path: '/alerts', scope: 'webhooks:read', page: AlertsPage, load: loads.alerts },
  { path: '/keys', scope: 'keys:write', page: KeysPage, load: loads.keys },
  { path: '/audit', scope: '*', page: AuditPage, load: loads.audit },
];

/** Loads the code of the page at a path, while the session is not known yet. */
export function preloadPageAt(path: string): void {
  const load = path === '/' ? loads.overview : pages.find((route) => isMatch(route.path, path))?.load;
  // A page that fails to load says so when it is shown.
  load?.().catch(() => undefined);
}

function isMatch(pattern: string, path: string): boolean {
  const [expected, given] = [pattern.split('/'), path.split('/')];
  return (
    expected.length === given.length &&
    expected.every((part, index) => part.startsWith(':') || part === given[index])
  );
}

/** The pages to begin with, the best first. */
const homes = ['/apps', '/events', '/events/publish', '/catalog'] as const;

export function Routes() {
  const can = useCan();
  useEffect(() => preloadPages(Object.values(loads)), []);
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
  const [path] = useLocation();
  return (
    <Page title="Page not found">
      <Card flush>
        <EmptyNotice
          title={`No page at ${path.slice(0, 60)}`}
          icon={SearchX}
          action={<ButtonLink href="/">Go to the start page</ButtonLink>}
        >
          The address may be mistyped or belong to another version.
        </EmptyNotice>
      </Card>
    </Page>
  );
}
