import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export type Tone = 'ok' | 'bad' | 'warn' | 'idle' | 'accent';

/** Text and background color of each tone. */
export const toneBackgrounds: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  idle: 'bg-sunken text-ink-2',
  accent: 'bg-accent-soft text-accent',
};

const dots: Record<Tone, string> = {
  ok: 'bg-ok-fill',
  bad: 'bg-bad-fill',
  warn: 'bg-warn-fill',
  idle: 'bg-idle-fill',
  accent: 'bg-accent',
};

export function Badge({
  tone,
  children,
  dot = false,
}: {
  readonly tone: Tone;
  readonly children: ReactNode;
  readonly dot?: boolean;
}) {
  return (
    <span
      className={classNames(
        'inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
        toneBackgrounds[tone],
      )}
    >
      {dot && <Dot tone={tone} />}
      {/* One item, so that the gap is not added to the space between words. */}
      <span>{children}</span>
    </span>
  );
}

export function Dot({ tone, pulse = false }: { readonly tone: Tone; readonly pulse?: boolean }) {
  return (
    <span aria-hidden className="relative inline-flex size-1.5">
      {pulse && (
        <span className={classNames('absolute inset-0 animate-ping rounded-full opacity-60', dots[tone])} />
      )}
      <span className={classNames('relative size-1.5 rounded-full', dots[tone])} />
    </span>
  );
}
