import type { ReactNode } from 'react';
import { InlineError } from './notice.tsx';

/** How much an action would touch, told before it is done, and told again to those who hear the page when it changes. */
export function CountStatus({
  error,
  isCounted,
  children,
}: {
  readonly error: unknown;
  readonly isCounted: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div role="status" className="min-h-6 text-[0.9333rem]">
      {error !== null ? (
        <InlineError error={error} />
      ) : isCounted ? (
        children
      ) : (
        <span className="text-ink-3">Counting…</span>
      )}
    </div>
  );
}
