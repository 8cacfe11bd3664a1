import { Ban, RotateCw } from 'lucide-react';
import type { DeliveryFilter, DeliveryView } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { formatCount } from '../../../lib/format.ts';
import { ChangeManyDialog, type ManyAction } from './change-many-dialog.tsx';
import { ChangeMatchingDialog } from './change-matching-dialog.tsx';
import { toMatchingInput } from './matching-input.ts';

/** What can be done with the chosen deliveries, or with all that match the filters. */
export function SelectionBar({
  selected,
  filter,
  hasMore,
  onClear,
}: {
  readonly selected: readonly DeliveryView[];
  readonly filter: DeliveryFilter;
  /** Whether the list has more than this page. */
  readonly hasMore: boolean;
  readonly onClear: () => void;
}) {
  const [action, setAction] = useState<ManyAction | 'matching'>();
  const pending = selected.filter(({ status }) => status === 'pending');
  const matching = toMatchingInput(filter);
  return (
    <div
      role="region"
      aria-label="Selection"
      className="sticky bottom-0 z-20 flex flex-wrap items-center gap-2 rounded-b-xl border-t border-line bg-surface px-4 py-2.5 shadow-pop"
    >
      <span role="status" className="mr-1 text-[0.9rem] font-medium tabular-nums">
        {formatCount(selected.length)} selected
      </span>
      <Button
        size="small"
        variant="primary"
        icon={<RotateCw aria-hidden className="size-4" />}
        onClick={() => setAction('retry')}
      >
        Retry
      </Button>
      <Button
        size="small"
        icon={<Ban aria-hidden className="size-4" />}
        disabled={pending.length === 0}
        title={pending.length === 0 ? 'Only pending deliveries can be cancelled' : undefined}
        onClick={() => setAction('cancel')}
      >
        Cancel
      </Button>
      <Button size="small" variant="ghost" onClick={onClear}>
        Clear selection
      </Button>
      {hasMore &&
        (matching === undefined ? (
          <p className="text-xs text-ink-3 sm:ml-auto sm:max-w-80 sm:text-right">
            To change all that match, filter by one webhook and a status, and by type and time at most.
          </p>
        ) : (
          <Button size="small" className="sm:ml-auto" onClick={() => setAction('matching')}>
            Select all that match …
          </Button>
        ))}
      {(action === 'retry' || action === 'cancel') && (
        <ChangeManyDialog
          action={action}
          deliveries={action === 'cancel' ? pending : selected}
          onDone={onClear}
          onClose={() => setAction(undefined)}
        />
      )}
      {action === 'matching' && matching !== undefined && (
        <ChangeMatchingDialog input={matching} onDone={onClear} onClose={() => setAction(undefined)} />
      )}
    </div>
  );
}
