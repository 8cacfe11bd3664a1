import type { Scope } from '@tocsin/shared';
import {
  Activity,
  AppWindow,
  Bell,
  BookOpen,
  KeyRound,
  LayoutDashboard,
  Radio,
  Siren,
  ScrollText,
  Send,
  Zap,
  type LucideIcon,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { Link, useLocation } from 'wouter';
import { IncidentCount } from '../components/incidents/incident-count.tsx';
import { Brand } from '../components/ui/brand.tsx';
import { classNames } from '../components/ui/class-names.ts';
import { useCan } from '../lib/session.ts';
import { AccountMenu } from './account-menu.tsx';

interface NavItem {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** Hidden from keys without this scope. */
  readonly scope?: Scope;
  readonly badge?: ComponentType;
}

const mainItems: readonly NavItem[] = [
  { href: '/', label: 'Overview', icon: LayoutDashboard, scope: 'deliveries:read' },
  { href: '/incidents', label: 'Incidents', icon: Siren, scope: 'deliveries:read', badge: IncidentCount },
  { href: '/apps', label: 'Apps & webhooks', icon: AppWindow, scope: 'webhooks:read' },
  { href: '/events', label: 'Events', icon: Zap, scope: 'events:read' },
  { href: '/deliveries', label: 'Deliveries', icon: Activity, scope: 'deliveries:read' },
  { href: '/live', label: 'Live tail', icon: Radio, scope: 'events:read' },
  { href: '/events/publish', label: 'Publish', icon: Send, scope: 'events:publish' },
  { href: '/catalog', label: 'Event catalog', icon: BookOpen },
];

const administrationItems: readonly NavItem[] = [
  { href: '/alerts', label: 'Alerts', icon: Bell, scope: 'webhooks:read' },
  { href: '/keys', label: 'API keys', icon: KeyRound, scope: 'keys:write' },
  { href: '/audit', label: 'Audit log', icon: ScrollText, scope: '*' },
];

/** The logo, the navigation and the account menu. */
export function Sidebar() {
  return (
    <>
      <Link href="/" aria-label="Tocsin, overview" className="flex h-13 items-center px-4">
        <Brand />
      </Link>
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-2.5 py-3">
        <NavSection items={mainItems} />
        <NavSection title="Administration" items={administrationItems} />
      </nav>
      <div className="border-t border-line p-2.5">
        <AccountMenu />
      </div>
    </>
  );
}

function NavSection({ title, items }: { readonly title?: string; readonly items: readonly NavItem[] }) {
  const can = useCan();
  const [path] = useLocation();
  const visible = items.filter(({ scope }) => scope === undefined || can(scope));
  if (visible.length === 0) return null;
  const current = visible
    .filter(
      ({ href }) => path === href || (href !== '/' && path.startsWith(`${href}/`)) || belongsTo(path, href),
    )
    .sort((a, b) => b.href.length - a.href.length)[0];
  return (
    <div>
      {title !== undefined && (
        <p className="px-2.5 pb-1.5 text-2xs font-medium tracking-wide text-ink-3 uppercase">{title}</p>
      )}
      <ul className="flex flex-col gap-0.5">
        {visible.map((item) => {
          const { href, label, icon: Icon, badge: Count } = item;
          const isCurrent = item === current;
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={isCurrent ? 'page' : undefined}
                className={classNames(
                  'flex h-8.5 items-center gap-2.5 rounded-lg px-2.5 text-[0.9333rem] transition-colors',
                  isCurrent
                    ? 'bg-sunken font-medium text-ink'
                    : 'text-ink-2 hover:bg-sunken/60 hover:text-ink',
                )}
              >
                <Icon aria-hidden className={classNames('size-4', isCurrent ? 'text-brass' : 'text-ink-3')} />
                {label}
                {Count && <Count />}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Webhook pages have their own path and belong to the apps section. */
function belongsTo(path: string, href: string): boolean {
  return href === '/apps' && path.startsWith('/webhooks/');
}
