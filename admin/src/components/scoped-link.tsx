import type { Scope } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useCan } from '../lib/session.ts';

/** A link to a page that needs a scope. Plain text for callers without it. */
export function ScopedLink({
  scope,
  href,
  className,
  children,
}: {
  readonly scope: Scope;
  readonly href: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const can = useCan();
  if (!can(scope)) return <span>{children}</span>;
  return (
    <Link href={href} className={className}>
      {children}
    </Link>
  );
}
