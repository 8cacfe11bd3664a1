import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** A titled section with a border. */
export function Card({
  title,
  hint,
  actions,
  children,
  flush = false,
  className,
}: {
  readonly title?: ReactNode;
  readonly hint?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** No padding, for tables and lists. */
  readonly flush?: boolean;
  readonly className?: string;
}) {
  return (
    <section
      className={classNames('min-w-0 rounded-xl border border-line bg-surface shadow-card', className)}
    >
      {title !== undefined && (
        <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-2">
          <div className="min-w-0">
            <h2 className="text-[0.9333rem] font-semibold">{title}</h2>
            {hint !== undefined && <p className="text-xs text-ink-3">{hint}</p>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  );
}

/** A row of filters above a table. */
export function CardToolbar({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">{children}</div>;
}

/** Labels and values in two columns; one column on a phone. */
export function DescriptionList({ children }: { readonly children: ReactNode }) {
  return (
    <dl className="grid gap-x-4 gap-y-2.5 text-[0.9333rem] sm:grid-cols-[minmax(6rem,auto)_1fr] xl:gap-x-6 xl:grid-cols-[minmax(7rem,auto)_1fr]">
      {children}
    </dl>
  );
}

export function DescriptionItem({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="contents">
      <dt className="text-ink-3 max-sm:-mb-2 max-sm:text-xs">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
