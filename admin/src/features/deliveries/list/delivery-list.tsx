import { PanelRight } from 'lucide-react';
import { maskUrl, type DeliveryView } from '@tocsin/shared';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { DeliveryStatusBadge } from '../../../components/badges/delivery-status-badge.tsx';
import { IconButton } from '../../../components/ui/button.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import type { TableQuery } from '../../../components/ui/data-table.tsx';
import { ErrorNotice, RefreshError } from '../../../components/ui/notice.tsx';
import { ShortUrl } from '../../../components/ui/short-url.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { formatDuration, pluralize } from '../../../lib/format.ts';
import { toCause } from './delivery-cause.ts';

/** The deliveries that the user has chosen. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
  readonly setAll: (ids: readonly string[]) => void;
}

export interface DeliveryListProps {
  /** Undefined during the first load. */
  readonly deliveries: readonly DeliveryView[] | undefined;
  readonly query: TableQuery;
  /** Undefined if the key may change nothing. */
  readonly selection: Selection | undefined;
  /** The delivery in the panel. */
  readonly openId: string | undefined;
  readonly onOpen: (id: string) => void;
  readonly empty: ReactNode;
}

const cell = 'px-3 py-2 align-middle max-sm:px-0 max-sm:py-0';

/** Deliveries with their webhook and cause. On a phone, each row is a card. */
export function DeliveryList({ deliveries, query, selection, openId, onOpen, empty }: DeliveryListProps) {
  const { error, isPlaceholderData } = query;
  if (deliveries === undefined && error !== null) {
    return <ErrorNotice error={error} onRetry={() => void query.refetch()} />;
  }
  const dimmed = isPlaceholderData ? 'opacity-40' : undefined;
  if (deliveries?.length === 0) {
    return (
      <>
        {!isPlaceholderData && <RefreshError error={error} />}
        <div className={dimmed}>{empty}</div>
      </>
    );
  }
  return (
    <>
      {!isPlaceholderData && <RefreshError error={error} />}
      <div className={classNames('@container', dimmed)}>
        {/* The explicit roles stay when a phone lays the elements out as cards. */}
        <table
          role="table"
          className="w-full table-fixed text-[0.9333rem] max-sm:block"
          aria-busy={deliveries === undefined || isPlaceholderData}
        >
          <caption className="sr-only">Deliveries</caption>
          <Head deliveries={deliveries} selection={selection} />
          <tbody role="rowgroup" className="max-sm:block">
            {deliveries === undefined
              ? Array.from({ length: 10 }, (_, row) => <SkeletonRow key={row} />)
              : deliveries.map((delivery) => (
                  <Row
                    key={delivery.id}
                    delivery={delivery}
                    selection={selection}
                    isOpen={delivery.id === openId}
                    onOpen={onOpen}
                  />
                ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const columns = {
  select: 'w-11',
  status: 'w-32',
  cause: 'max-sm:hidden @max-4xl:hidden',
  attempts: 'w-20 text-right @max-3xl:hidden',
  next: 'w-26 @max-4xl:hidden',
  created: 'w-26',
  open: 'w-12 max-sm:hidden',
} as const;

function Head({ deliveries = [], selection }: Pick<DeliveryListProps, 'deliveries' | 'selection'>) {
  const header = (label: string, className = '') => (
    <th role="columnheader" scope="col" className={classNames(cell, 'h-9 py-0 font-medium', className)}>
      {label}
    </th>
  );
  const chosen = deliveries.filter(({ id }) => selection?.ids.has(id) === true).length;
  return (
    <thead role="rowgroup" className="max-sm:block">
      <tr
        role="row"
        className="border-b border-line text-left text-xs text-ink-3 max-sm:flex max-sm:h-10 max-sm:items-center max-sm:px-4"
      >
        {selection !== undefined && (
          <th
            role="columnheader"
            scope="col"
            className={classNames(
              cell,
              columns.select,
              'h-9 py-0 pl-4 font-medium whitespace-nowrap max-sm:w-auto max-sm:pl-0 max-sm:leading-9',
            )}
          >
            <CheckBox
              label="Select all deliveries of this page"
              isChecked={chosen > 0 && chosen === deliveries.length}
              isMixed={chosen > 0 && chosen < deliveries.length}
              onToggle={() =>
                selection.setAll(chosen === deliveries.length ? [] : deliveries.map(({ id }) => id))
              }
            />
            <span aria-hidden className="ml-2.5 sm:hidden">
              Select all
            </span>
          </th>
        )}
        {header('Delivery', 'w-[34%] max-sm:sr-only')}
        {header('Status', classNames(columns.status, '@max-4xl:w-auto max-sm:sr-only'))}
        {header('Cause', columns.cause)}
        {header('Attempts', classNames(columns.attempts, 'max-sm:hidden'))}
        {header('Next attempt', classNames(columns.next, 'max-sm:hidden'))}
        {header('Created', classNames(columns.created, 'max-sm:sr-only'))}
        <th role="columnheader" scope="col" className={columns.open}>
          <span className="sr-only">Panel</span>
        </th>
      </tr>
    </thead>
  );
}

function Row({
  delivery,
  selection,
  isOpen,
  onOpen,
}: Pick<DeliveryListProps, 'selection' | 'onOpen'> & {
  readonly delivery: DeliveryView;
  readonly isOpen: boolean;
}) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  const { id, attemptCount } = delivery;
  const isSelected = selection?.ids.has(id) === true;
  const cause = toCause(delivery);
  return (
    <tr
      ref={row}
      role="row"
      aria-current={isOpen ? 'true' : undefined}
      className={classNames(
        'group relative border-b border-line transition-colors last:border-0 focus-within:bg-sunken/60 hover:bg-sunken/60',
        'max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-2.5',
        isSelected && 'bg-accent/5',
        isOpen && 'bg-sunken shadow-[inset_2px_0_0_var(--color-accent)]',
      )}
    >
      {selection !== undefined && (
        <td role="cell" className={classNames(cell, 'relative z-10 pl-4 max-sm:pl-0')}>
          <CheckBox
            label={`Select ${delivery.event} ${id}`}
            isChecked={isSelected}
            onToggle={() => selection.toggle(id)}
          />
        </td>
      )}
      <td role="cell" className={classNames(cell, 'max-sm:min-w-0 max-sm:flex-1')}>
        <Link href={`/deliveries/${id}`} className="block min-w-0 after:absolute after:inset-0">
          <span className="block truncate font-medium">{delivery.event}</span>
        </Link>
        <Target delivery={delivery} />
      </td>
      <td role="cell" className={classNames(cell, 'whitespace-nowrap')}>
        <DeliveryStatusBadge status={delivery.status} />
        <StatusDetail delivery={delivery} cause={cause} />
      </td>
      <td role="cell" className={classNames(cell, columns.cause, 'text-ink-2')} title={cause}>
        <span className="line-clamp-2">{cause}</span>
      </td>
      <td role="cell" className={classNames(cell, columns.attempts, 'tabular-nums max-sm:hidden')}>
        {attemptCount}
      </td>
      <td role="cell" className={classNames(cell, columns.next, 'text-ink-2 max-sm:hidden')}>
        {delivery.nextAttemptAt !== null && <Time at={delivery.nextAttemptAt} format="due" />}
      </td>
      <td role="cell" className={classNames(cell, 'text-ink-2 max-sm:ml-auto max-sm:text-xs')}>
        <Time at={delivery.createdAt} />
      </td>
      {cause !== '' && (
        <td
          role="cell"
          className={classNames('basis-full text-xs text-ink-2 sm:hidden', selection !== undefined && 'pl-7')}
        >
          {cause}
          {attemptCount > 0 && `, ${pluralize(attemptCount, 'attempt')}`}
        </td>
      )}
      <td role="cell" className={classNames(columns.open, 'relative z-10 pr-3 text-right')}>
        <IconButton
          label="Open in the panel"
          className="opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 focus-visible:opacity-100"
          onClick={() => onOpen(id)}
        >
          <PanelRight aria-hidden className="size-4" />
        </IconButton>
      </td>
    </tr>
  );
}

/** The webhook on one line: its description and URL, or its id for a key that may not see webhooks. */
function Target({ delivery: { webhookId, endpoint } }: { readonly delivery: DeliveryView }) {
  if (endpoint === null) {
    return <code className="block truncate font-mono text-xs text-ink-3">{webhookId}</code>;
  }
  const { description, url } = endpoint;
  const isNamed = description !== null && description !== '';
  return (
    <span className="flex min-w-0 items-baseline gap-1.5 text-[0.8667rem] text-ink-2">
      {isNamed && (
        <bdi title={maskUrl(url)} className="truncate @4xl:max-w-[60%] @4xl:shrink-0">
          {description}
        </bdi>
      )}
      <span className={classNames('flex min-w-0 text-xs text-ink-3', isNamed && '@max-4xl:hidden')}>
        <ShortUrl url={url} />
      </span>
    </span>
  );
}

/**
 * The answer to the last attempt and how long it took. In a narrow list, such as one beside the panel, the cause: its
 * column has no room there.
 */
function StatusDetail({
  delivery: { lastAttempt },
  cause,
}: {
  readonly delivery: DeliveryView;
  readonly cause: string;
}) {
  const line = 'mt-0.5 truncate text-xs text-ink-3 max-sm:hidden';
  return (
    <>
      {lastAttempt !== null && (
        <span className={classNames(line, 'block tabular-nums', cause !== '' && '@max-4xl:hidden')}>
          {/* The cause says why there is none. */}
          {lastAttempt.statusCode === null ? (
            'no response'
          ) : (
            <span className="font-mono">{lastAttempt.statusCode}</span>
          )}
          {` · ${formatDuration(lastAttempt.durationMs)}`}
        </span>
      )}
      {cause !== '' && <span className={classNames(line, 'hidden sm:@max-4xl:block')}>{cause}</span>}
    </>
  );
}

function CheckBox({
  label,
  isChecked,
  isMixed = false,
  onToggle,
}: {
  readonly label: string;
  readonly isChecked: boolean;
  readonly isMixed?: boolean;
  readonly onToggle: () => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = isMixed;
  }, [isMixed]);
  return (
    <input
      ref={input}
      type="checkbox"
      aria-label={label}
      checked={isChecked}
      onChange={onToggle}
      className="size-4 cursor-pointer align-middle accent-accent"
    />
  );
}

function SkeletonRow() {
  return (
    <tr role="row" className="border-b border-line last:border-0 max-sm:block max-sm:px-4 max-sm:py-2.5">
      <td role="cell" colSpan={8} className="h-14 px-4 max-sm:block">
        <div aria-hidden className="shimmer h-4 w-full max-w-96 min-w-8" />
        <div aria-hidden className="shimmer mt-2 h-3 w-full max-w-64 min-w-8" />
      </td>
    </tr>
  );
}
