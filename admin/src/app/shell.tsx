import { Menu } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { IconButton } from '../components/ui/button.tsx';
import { AnnouncePageContext } from '../components/ui/page.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { KeyboardShortcuts } from './keyboard-shortcuts.tsx';
import { SearchButton } from './search-button.tsx';
import { Sidebar } from './sidebar.tsx';

/** The frame around all pages: the sidebar, or a menu on small screens, and the search field. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [title, setTitle] = useState('');
  const shownPath = useRef(path);
  const [isFirst, setFirst] = useState(true);
  useEffect(() => {
    if (path === shownPath.current) return;
    shownPath.current = path;
    setFirst(false);
    setMenuOpen(false);
    window.scrollTo(0, 0);
    const content = document.getElementById('content');
    // A field of the new page can have the focus already.
    if (content?.contains(document.activeElement) === false) content.focus({ preventScroll: true });
  }, [path]);
  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[14.5rem_1fr]">
      {/* The browser itself announces the first page. */}
      <p role="status" className="sr-only">
        {!isFirst && title}
      </p>
      <a
        href="#content"
        className="fixed top-2 left-2 z-70 -translate-y-16 rounded-lg bg-ink px-3 py-2 text-bg focus:translate-y-0"
      >
        Skip to content
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
            <SearchButton />
          </div>
          <ConnectionBanner />
          <KeyboardShortcuts />
        </header>
        <main id="content" tabIndex={-1} className="focus:outline-none">
          <ErrorBoundary key={path}>
            <Suspense fallback={<div className="h-96" />}>
              <AnnouncePageContext value={setTitle}>{children}</AnnouncePageContext>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
    </div>
  );
}
