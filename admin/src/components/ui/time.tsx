import { formatDateTime, formatExactTime, formatRelativeTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';

/** A relative time, such as `4 min ago`. Shows the exact local time on hover. */
export function RelativeTime({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={formatExactTime(at)} className="whitespace-nowrap tabular-nums">
      {formatRelativeTime(at, now)}
    </time>
  );
}

/** A local date and time. Shows milliseconds and the zone on hover. */
export function AbsoluteTime({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={formatExactTime(at)} className="whitespace-nowrap tabular-nums">
      {formatDateTime(at)}
    </time>
  );
}
