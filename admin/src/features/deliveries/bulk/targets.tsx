import type { SkippedReason } from '@tocsin/shared';
import { formatCount, pluralize } from '../../../lib/format.ts';
import type { CollectedDelivery } from './change-matching.ts';
import { skippedLabels, toEndpointName } from './change-text.ts';

const maxTargets = 5;

/** The webhooks of the deliveries, with how many each has. */
export function Targets({ deliveries }: { readonly deliveries: readonly CollectedDelivery[] }) {
  const counts = new Map<string, { readonly name: string; count: number }>();
  for (const delivery of deliveries) {
    const target = counts.get(delivery.webhookId) ?? { name: toEndpointName(delivery), count: 0 };
    target.count++;
    counts.set(delivery.webhookId, target);
  }
  const targets = [...counts].sort(([, a], [, b]) => b.count - a.count);
  return (
    <ul className="mt-3 flex flex-col gap-1 text-[0.9rem] text-ink">
      {targets.slice(0, maxTargets).map(([id, { name, count }]) => (
        <li key={id} className="flex justify-between gap-4">
          <bdi className="min-w-0 truncate">{name}</bdi>
          <span className="shrink-0 text-ink-2 tabular-nums">{formatCount(count)}</span>
        </li>
      ))}
      {targets.length > maxTargets && (
        <li className="text-ink-3">and {pluralize(targets.length - maxTargets, 'more webhook')}</li>
      )}
    </ul>
  );
}

export function SkippedList({ skipped }: { readonly skipped: ReadonlyMap<SkippedReason, number> }) {
  return (
    <ul className="flex flex-col gap-1 text-[0.9333rem]">
      {[...skipped].map(([reason, count]) => (
        <li key={reason}>
          <span className="font-medium tabular-nums">{formatCount(count)}</span>: {skippedLabels[reason]}
        </li>
      ))}
    </ul>
  );
}
