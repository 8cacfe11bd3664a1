import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Tone } from './badge.tsx';
import { classNames } from './class-names.ts';

const toneColors: Record<Tone, string> = {
  ok: 'text-ok',
  bad: 'text-bad',
  warn: 'text-warn',
  idle: 'text-ink',
  accent: 'text-accent',
};

/** A labeled figure. Keeps its height while it loads. */
export function Stat({
  label,
  value,
  detail,
  tone = 'idle',
  href,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly detail?: ReactNode;
  readonly tone?: Tone;
  readonly href?: string | undefined;
}) {
  return (
    <div className="relative flex min-w-0 flex-col gap-0.5 bg-surface px-4 py-3.5">
      <p className="truncate text-xs text-ink-3">
        {href === undefined ? (
          label
        ) : (
          <Link href={href} className="after:absolute after:inset-0 hover:text-ink hover:underline">
            {label}
          </Link>
        )}
      </p>
      {value === undefined ? (
        <div aria-hidden className="shimmer my-1 h-6 w-20" />
      ) : (
        <p
          className={classNames(
            'text-2xl leading-8 font-semibold lg:text-xl xl:text-2xl tracking-tight tabular-nums',
            toneColors[tone],
          )}
        >
          {value}
        </p>
      )}
      <p className="min-h-4.5 truncate text-xs text-ink-3">{detail}</p>
    </div>
  );
}

export function StatRow({ children }: { readonly children: ReactNode }) {
  return (
    <div className="grid grid-cols-2 gap-px max-lg:[&>*:last-child:nth-child(odd)]:col-span-2 overflow-hidden rounded-xl border border-line bg-line shadow-card lg:grid-flow-col lg:auto-cols-fr lg:grid-cols-none lg:max-xl:has-[>:nth-child(6)]:grid-flow-row lg:max-xl:has-[>:nth-child(6)]:grid-cols-3">
      {children}
    </div>
  );
}
