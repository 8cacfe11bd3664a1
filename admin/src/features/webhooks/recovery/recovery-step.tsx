import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '../../../components/ui/class-names.ts';

/** One step of a recovery, with its number or a check mark. */
export function RecoveryStep({
  number,
  title,
  state,
  children,
}: {
  readonly number: number;
  readonly title: string;
  /** `later`: an earlier step comes first. */
  readonly state: 'done' | 'current' | 'later';
  readonly children: ReactNode;
}) {
  return (
    <li
      aria-current={state === 'current' ? 'step' : undefined}
      className="flex gap-3 border-b border-line px-4 py-4 last:border-0"
    >
      <span
        aria-hidden
        className={classNames(
          'mt-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-semibold',
          state === 'done'
            ? 'bg-ok-soft text-ok'
            : state === 'current'
              ? 'bg-ink text-bg'
              : 'bg-sunken text-ink-3',
        )}
      >
        {state === 'done' ? <Check className="size-3.5" /> : number}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-2.5">
        <h3 className="mt-0.5 text-[0.9333rem] font-semibold">
          {title}
          {state === 'done' && <span className="sr-only"> (done)</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}
