import { formatClockTime, formatDateTime, formatExactTime, formatRelativeTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';

type TimeFormat = 'relative' | 'date' | 'clock' | 'due';

/** A point in time. Shows the exact local time, the zone and the UTC time on hover. */
export function Time({
  at,
  format = 'relative',
}: {
  /** ISO timestamp. */
  readonly at: string;
  /**
   * `relative`: `4 min ago`. `date`: a local date and time. `clock`: a local time. `due`: like `relative`, but `now`
   * once the time has passed.
   * @default 'relative'
   */
  readonly format?: TimeFormat;
}) {
  return (
    <time dateTime={at} title={formatExactTime(at)} className="whitespace-nowrap tabular-nums">
      {format === 'date' ? (
        formatDateTime(at)
      ) : format === 'clock' ? (
        formatClockTime(at)
      ) : (
        <RelativeText at={at} isDue={format === 'due'} />
      )}
    </time>
  );
}

/** Apart from the other formats, because it renders each second. */
function RelativeText({ at, isDue }: { readonly at: string; readonly isDue: boolean }) {
  const now = useNow();
  return isDue && Date.parse(at) <= now ? 'now' : formatRelativeTime(at, now);
}
