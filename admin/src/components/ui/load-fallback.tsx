import { classNames } from './class-names.ts';
import { ErrorNotice } from './notice.tsx';

/** Stands in for content that is loading or failed to load. */
export function LoadFallback({
  error,
  onRetry,
  className,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** The size of the placeholder, close to that of the content. */
  readonly className: string;
}) {
  if (error !== null) return <ErrorNotice error={error} {...(onRetry && { onRetry })} />;
  return <div aria-hidden className={classNames('shimmer', className)} />;
}
