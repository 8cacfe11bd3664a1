import { ChevronRight } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';

export interface Crumb {
  readonly href: string;
  readonly text: string;
}

/** The frame of a page: where one is, what it is, and what can be done here. */
export function Page({
  title,
  heading,
  crumbs = [],
  subtitle,
  actions,
  children,
}: {
  /** For the browser's tab, and the heading unless `heading` says more. */
  readonly title: string;
  readonly heading?: ReactNode;
  readonly crumbs?: readonly Crumb[];
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Tocsin`;
  }, [title]);
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 pt-5 pb-16 sm:px-6 lg:px-8 lg:pt-7">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          {crumbs.length > 0 && (
            <nav
              aria-label="Breadcrumb"
              className="mb-1 flex flex-wrap items-center gap-1 text-[0.8667rem] text-ink-3"
            >
              {crumbs.map((crumb, index) => (
                <span key={crumb.href} className="inline-flex min-w-0 items-center gap-1">
                  {index > 0 && <ChevronRight aria-hidden className="size-3.5 shrink-0" />}
                  <Link href={crumb.href} className="truncate hover:text-ink hover:underline">
                    {crumb.text}
                  </Link>
                </span>
              ))}
            </nav>
          )}
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{heading ?? title}</h1>
          {subtitle !== undefined && <div className="mt-1 text-[0.9333rem] text-ink-2">{subtitle}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
