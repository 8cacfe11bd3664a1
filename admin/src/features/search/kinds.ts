import type { Scope, SearchHit, SearchKind } from '@tocsin/shared';
import {
  AppWindow,
  Building2,
  KeyRound,
  RotateCcw,
  Send,
  UserSearch,
  Webhook,
  Zap,
  type LucideIcon,
} from 'lucide-react';
import { toHref } from '../../lib/url-state.ts';

interface KindStyle {
  /** Heading of the group. */
  readonly label: string;
  /** What was searched, for the empty state. */
  readonly searched: string;
  readonly icon: LucideIcon;
}

export const kindStyles: Readonly<Record<SearchKind, KindStyle>> = {
  value: { label: 'In payloads', searched: 'values in payloads, as a whole', icon: UserSearch },
  event: { label: 'Events', searched: 'events by id', icon: Zap },
  delivery: { label: 'Deliveries', searched: 'deliveries by id', icon: Send },
  replay: { label: 'Replays', searched: 'replays by id', icon: RotateCcw },
  account: { label: 'Accounts', searched: 'accounts by name and id', icon: Building2 },
  app: { label: 'Apps', searched: 'apps by name and id', icon: AppWindow },
  webhook: { label: 'Webhooks', searched: 'webhooks by URL, description and id', icon: Webhook },
  key: { label: 'API keys', searched: 'API keys by name and id', icon: KeyRound },
};

/** The page that a hit opens. */
export function toHitHref({ kind, id, accountId, webhookId }: SearchHit): string {
  switch (kind) {
    case 'value':
      return toTimelineHref({ q: id, account: accountId });
    case 'event':
      return `/events/${id}`;
    case 'delivery':
      return `/deliveries/${id}`;
    case 'webhook':
      return `/webhooks/${id}`;
    case 'replay':
      return `/webhooks/${webhookId ?? ''}`;
    case 'app':
      return `/apps/${encodeURIComponent(id)}`;
    case 'account':
      return toHref('/apps', { account: id });
    case 'key':
      return '/keys';
  }
}

export function toTimelineHref(params: {
  readonly q: string;
  readonly account?: string | undefined;
  readonly app?: string | undefined;
}): string {
  return toHref('/search', params);
}

/** Ids that only their whole length finds, with the number of their characters. */
const wholeIds: readonly (readonly [RegExp, string, number])[] = [
  [/^evt_[0-9a-z]*$/i, 'An event id', 30],
  [/^dlv_[0-9a-z]*$/i, 'A delivery id', 30],
  [/^rpl_[0-9a-z]*$/i, 'A replay id', 30],
];

/** Says what is missing from an id that was cut. Undefined: the query is no such id. */
export function findIdFault(query: string): string | undefined {
  const found = wholeIds.find(([pattern]) => pattern.test(query));
  if (found === undefined || query.length >= found[2]) return undefined;
  return `${found[1]} has ${found[2]} characters; this one has ${query.length}.`;
}

/** A page of the admin UI that the palette opens by its name. */
export interface PageLink {
  readonly href: string;
  readonly label: string;
  readonly scope?: Scope;
}

export const pageLinks: readonly PageLink[] = [
  { href: '/', label: 'Overview', scope: 'deliveries:read' },
  { href: '/apps', label: 'Apps & webhooks', scope: 'webhooks:read' },
  { href: '/events', label: 'Events', scope: 'events:read' },
  { href: '/deliveries', label: 'Deliveries', scope: 'deliveries:read' },
  { href: '/live', label: 'Live tail', scope: 'events:read' },
  { href: '/events/publish', label: 'Publish', scope: 'events:publish' },
  { href: '/catalog', label: 'Event catalog' },
  { href: '/keys', label: 'API keys', scope: 'keys:write' },
  { href: '/audit', label: 'Audit log', scope: '*' },
];
