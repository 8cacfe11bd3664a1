import {
  Activity,
  AppWindow,
  BookOpen,
  KeyRound,
  LayoutDashboard,
  Menu,
  Radio,
  ScrollText,
  Send,
  Zap,
} from 'lucide-react';
import { Dialog } from 'radix-ui';
import { Suspense, useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Scope } from '@tocsin/shared';
import { Brand } from '../components/ui/brand.tsx';
import { classNames } from '../components/ui/class-names.ts';
import { IconButton } from '../components/ui/button.tsx';
import { IdSearch } from './id-search.tsx';
import { useCan } from '../lib/session.ts';
import { AccountMenu } from './account-menu.tsx';

interface Place {
  readonly href: string;
  readonly text: string;
  readonly icon: typeof Activity;
  /** Not offered to a key without it. */
  readonly needs?: Scope;
}

const places: readonly Place[] = [
  { href: '/', text: 'Overview', icon: LayoutDashboard, needs: 'deliveries:read' },
  { href: '/apps', text: 'Apps & webhooks', icon: AppWindow, needs: 'webhooks:read' },
  { href: '/events', text: 'Events', icon: Zap, needs: 'events:read' },
  { href: '/deliveries', text: 'Deliveries', icon: Activity, needs: 'deliveries:read' },
  { href: '/live', text: 'Live tail', icon: Radio, needs: 'events:read' },
  { href: '/events/publish', text: 'Publish', icon: Send, needs: 'events:publish' },
  { href: '/catalogue', text: 'Event catalogue', icon: BookOpen },
];

const administration: readonly Place[] = [
  { href: '/keys', text: 'API keys', icon: KeyRound, needs: 'keys:write' },
  { href: '/audit', text: 'Audit log', icon: ScrollText, needs: '*' },
];

export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  const [isMenuOpen, setMenuOpen] = useState(false);
  useEffect(() => {
    setMenuOpen(false);
    window.scrollTo(0, 0);
  }, [path]);
  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[14.5rem_1fr]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-70 -translate-y-16 rounded-lg bg-ink px-3 py-2 text-bg focus:translate-y-0"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface lg:flex">
        <Sidebar />
      </aside>
      <div className="min-w-0">
        <header className="sticky top-0 z-30 border-b border-line bg-bg/85 backdrop-blur-md">
          <div className="mx-auto flex h-13 max-w-6xl items-center gap-2 px-4 sm:px-6 lg:px-8">
            <Dialog.Root open={isMenuOpen} onOpenChange={setMenuOpen}>
              <Dialog.Trigger asChild>
                <IconButton label="Menu" className="-ml-2 lg:hidden">
                  <Menu aria-hidden className="size-5" />
                </IconButton>
              </Dialog.Trigger>
              <Dialog.Portal>
                <Dialog.Overlay className="fixed inset-0 z-40 bg-black/45" />
                <Dialog.Content
                  aria-describedby={undefined}
                  className="fixed inset-y-0 left-0 z-50 flex w-66 flex-col border-r border-line bg-surface shadow-pop focus:outline-none"
                >
                  <Dialog.Title className="sr-only">Menu</Dialog.Title>
                  <Sidebar />
                </Dialog.Content>
              </Dialog.Portal>
            </Dialog.Root>
            <IdSearch />
          </div>
        </header>
        <main id="content" tabIndex={-1} className="focus:outline-none">
          <Suspense fallback={<div className="h-96" />}>{children}</Suspense>
        </main>
      </div>
    </div>
  );
}

function Sidebar() {
  return (
    <>
      <Link href="/" aria-label="Tocsin, overview" className="flex h-13 items-center px-4">
        <Brand />
      </Link>
      <nav aria-label="Main" className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-2.5 py-3">
        <Places places={places} />
        <Places title="Administration" places={administration} />
      </nav>
      <div className="border-t border-line p-2.5">
        <AccountMenu />
      </div>
    </>
  );
}

function Places({ title, places }: { readonly title?: string; readonly places: readonly Place[] }) {
  const can = useCan();
  const [path] = useLocation();
  const shown = places.filter((place) => place.needs === undefined || can(place.needs));
  if (shown.length === 0) return null;
  const current = shown
    .filter(
      ({ href }) => path === href || (href !== '/' && path.startsWith(`${href}/`)) || isInside(path, href),
    )
    .sort((a, b) => b.href.length - a.href.length)[0];
  return (
    <div>
      {title !== undefined && (
        <p className="px-2.5 pb-1.5 text-2xs font-medium tracking-wide text-ink-3 uppercase">{title}</p>
      )}
      <ul className="flex flex-col gap-0.5">
        {shown.map((place) => {
          const { href, text, icon: Icon } = place;
          const isCurrent = place === current;
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
                {text}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Webhooks have addresses of their own and belong to their apps. */
function isInside(path: string, href: string): boolean {
  return href === '/apps' && path.startsWith('/webhooks/');
}
