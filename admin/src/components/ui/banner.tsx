import { CircleAlert, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { toneBackgrounds, type Tone } from './badge.tsx';
import { classNames } from './class-names.ts';

/** A page-level alert. */
export function Banner({
  tone,
  icon: Icon = CircleAlert,
  children,
}: {
  readonly tone: Tone;
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
}) {
  return (
    <div
      className={classNames(
        'flex items-start gap-2.5 rounded-xl px-4 py-3 text-[0.9333rem]',
        toneBackgrounds[tone],
      )}
    >
      <Icon aria-hidden className="mt-0.5 size-4.5 shrink-0" />
      <p className="min-w-0 break-words">{children}</p>
    </div>
  );
}
