import { classNames } from '../../components/ui/class-names.ts';
import { formatCount } from '../../lib/format.ts';

/** From this share on, a limit counts as nearly reached. */
const nearShare = 0.8;

/** A bar with numbers: `3 of 100`. Colored when the limit is near or reached, which the text also says. */
export function UsageMeter({ used, limit }: { readonly used: number; readonly limit: number }) {
  const share = limit === 0 ? 1 : Math.min(1, used / limit);
  const isReached = used >= limit;
  const isNear = !isReached && share >= nearShare;
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-sunken sm:w-24">
        <span
          className={classNames(
            'block h-full rounded-full',
            isReached ? 'bg-bad-fill' : isNear ? 'bg-warn-fill' : 'bg-accent',
          )}
          style={{ width: `${share * 100}%` }}
        />
      </span>
      <span className="tabular-nums">
        {formatCount(used)} of {formatCount(limit)}
      </span>
      {isReached && <span className="text-xs font-medium text-bad">limit reached</span>}
      {isNear && <span className="text-xs font-medium text-warn">near limit</span>}
    </span>
  );
}
