import { dayAndTime, exactTime, relativeTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';

/** How long ago, in the reader's words; the exact time in the reader's zone on hover. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap tabular-nums">
      {relativeTime(at, now)}
    </time>
  );
}

export function At({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap tabular-nums">
      {dayAndTime(at)}
    </time>
  );
}
