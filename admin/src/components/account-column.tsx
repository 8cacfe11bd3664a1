import { AccountName } from './account-name.tsx';
import type { Column } from './ui/data-table.tsx';

/** The account of an item. For lists of the operator. */
export const accountColumn: Column<{ readonly accountId: string }> = {
  header: 'Account',
  visibleFrom: 'lg',
  onPhone: 'line',
  width: 'sm:w-44',
  cell: ({ accountId }) => (
    <span className="text-ink-2">
      <AccountName id={accountId} />
    </span>
  ),
};
