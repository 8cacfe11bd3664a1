import { Ban, RotateCw } from 'lucide-react';
import type { DeliveryFilter, DeliveryView } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { formatCount } from '../../../lib/format.ts';
import { ChangeCollectedDialog } from './change-collected-dialog.tsx';
import { ChangeManyDialog } from './change-many-dialog.tsx';
import { ChangeMatchingDialog } from './change-matching-dialog.tsx';
import type { ManyAction } from './change-text.ts';
import { toMatchingInput } from './matching-input.ts';

type BarAction = ManyAction | `${ManyAction} all`;

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
  const [action, setAction] = useState<BarAction>();
  const pending = selected.filter(({ status }) => status === 'pending');
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
      {hasMore && (
        <span className="flex flex-wrap gap-2 sm:ml-auto">
          <Button size="small" onClick={() => setAction('retry all')}>
            Retry all that match…
          </Button>
          {(filter.status === undefined || filter.status === 'pending') && (
            <Button size="small" onClick={() => setAction('cancel all')}>
              Cancel all pending that match…
            </Button>
          )}
        </span>
      )}
      <SelectionDialog
        action={action}
        selected={action === 'cancel' ? pending : selected}
        filter={filter}
        onDone={onClear}
        onClose={() => setAction(undefined)}
      />
    </div>
  );
}

function SelectionDialog({
  action,
  selected,
  filter,
  onDone,
  onClose,
}: {
  readonly action: BarAction | undefined;
  readonly selected: readonly DeliveryView[];
  readonly filter: DeliveryFilter;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const ends = { onDone, onClose };
  switch (action) {
    case undefined:
      return null;
    case 'retry':
    case 'cancel':
      return <ChangeManyDialog {...ends} action={action} deliveries={selected} />;
    case 'retry all':
    case 'cancel all': {
      const kind = action === 'retry all' ? 'retry' : 'cancel';
      const matching = toMatchingInput(filter);
      // The server does it by itself for one webhook, so that the page need not stay open.
      return matching?.kind === (kind === 'retry' ? 'replay' : 'cancel') ? (
        <ChangeMatchingDialog {...ends} input={matching} />
      ) : (
        <ChangeCollectedDialog {...ends} filter={filter} action={kind} />
      );
    }
  }
}
