import type { ReactNode } from 'react';
import { InlineError } from './notice.tsx';

/** How many items an action affects. Screen readers announce changes. */
export function CountStatus({
  error,
  loading,
  children,
}: {
  readonly error: unknown;
  readonly loading: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div role="status" className="min-h-6 text-[0.9333rem]">
      {error !== null ? (
        <InlineError error={error} />
      ) : loading ? (
        <span className="text-ink-3">Counting…</span>
      ) : (
        children
      )}
    </div>
  );
}
