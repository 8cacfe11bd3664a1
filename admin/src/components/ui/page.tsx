import { ChevronRight } from 'lucide-react';
import { createContext, useContext, useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';

export interface Breadcrumb {
  readonly href: string;
  readonly label: string;
}

/** Says the title of a page to screen readers. */
export const AnnouncePageContext = createContext<(title: string) => void>(() => undefined);

/** The layout of a page: breadcrumbs, heading, actions and content. Sets the document title. */
export function Page({
  title,
  heading,
  breadcrumbs = [],
  subtitle,
  actions,
  children,
}: {
  /** The document title, and the heading unless `heading` is set. */
  readonly title: string;
  readonly heading?: ReactNode;
  readonly breadcrumbs?: readonly Breadcrumb[];
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const announce = useContext(AnnouncePageContext);
  useEffect(() => {
    document.title = `${title} · Tocsin`;
    announce(title);
  }, [title, announce]);
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 pt-5 pb-16 sm:px-6 lg:px-8 lg:pt-7">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          {breadcrumbs.length > 0 && (
            <nav
              aria-label="Breadcrumb"
              className="mb-1 flex flex-wrap items-center gap-1 text-[0.8667rem] text-ink-3"
            >
              {breadcrumbs.map((breadcrumb, index) => (
                <span key={breadcrumb.href} className="inline-flex min-w-0 items-center gap-1">
                  {index > 0 && <ChevronRight aria-hidden className="size-3.5 shrink-0" />}
                  <Link href={breadcrumb.href} className="truncate hover:text-ink hover:underline">
                    {breadcrumb.label}
                  </Link>
                </span>
              ))}
            </nav>
          )}
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{heading ?? title}</h1>
          {subtitle !== undefined && <div className="mt-1 text-[0.9333rem] text-ink-2">{subtitle}</div>}
        </div>
        {/* Below the heading on a phone, however long it is once it has loaded. */}
        {actions !== undefined && (
          <div className="flex flex-wrap items-center gap-2 empty:hidden max-sm:basis-full">{actions}</div>
        )}
      </header>
      {children}
    </div>
  );
}
