import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { Card } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { Pager } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { useCan } from '../../lib/session.ts';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { SelectionBar } from './bulk/selection-bar.tsx';
import { filterNames, isFiltered, useServerFilter } from './filters/delivery-filters.ts';
import { FilterBar } from './filters/filter-bar.tsx';
import { DeliveryList, type Selection } from './list/delivery-list.tsx';
import { useListKeys } from './list/use-list-keys.ts';
import { DeliveryPanel } from './panel/delivery-panel.tsx';

export function DeliveriesPage() {
  const [{ cursor: given, open, ...values }, set] = useUrlState([...filterNames, 'cursor', 'open']);
  const { cursor, isGone } = toListPosition('deliveries', given);
  const [, navigate] = useLocation();
  const can = useCan();
  const filter = useServerFilter(values);
  const deliveries = useQuery(
    trpc.deliveries.list.queryOptions(
      { ...filter, cursor, limit: 50 },
      // Poll the first page only, so that rows of older pages do not move while they are read.
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.fast },
    ),
  );
  const items = deliveries.data?.items ?? [];
  const nextCursor = deliveries.data?.nextCursor;
  const selection = useSelection(JSON.stringify([values, cursor]));
  const ids = items.map(({ id }) => id);
  const show = (id: string | undefined) => set({ open: id, cursor }, { replace: true });
  useListKeys({
    ids,
    openId: open,
    onOpen: show,
    onClose: () => show(undefined),
    onVisit: (id) => navigate(`/deliveries/${id}`),
    onToggle: (id) => can('deliveries:write') && selection.toggle(id),
  });
  const selected = items.filter(({ id }) => selection.ids.has(id));
  return (
    <Page title="Deliveries" subtitle={<Subtitle />}>
      {/* As far as the panel reaches into the page, which is wider than its content on a wide screen. */}
      <div
        className={classNames(
          open !== undefined && 'xl:mr-[clamp(0rem,34rem-max(2rem,(100vw-82.5rem)/2),34rem)]',
        )}
      >
        <Card flush>
          <FilterBar values={values} onChange={set} />
          <GonePosition isGone={isGone} />
          <DeliveryList
            deliveries={deliveries.data?.items}
            query={deliveries}
            selection={can('deliveries:write') ? selection : undefined}
            openId={open}
            onOpen={show}
            empty={
              <EmptyPage cursor={cursor} nextCursor={nextCursor} onFirst={() => set({ cursor: undefined })}>
                <NoDeliveries hasFilter={isFiltered(values)} />
              </EmptyPage>
            }
          />
          <Pager
            cursor={cursor}
            nextCursor={nextCursor}
            isOutdated={deliveries.isPlaceholderData}
            onChange={(next) => set({ cursor: next, open: undefined })}
          />
          {selected.length > 0 && (
            <SelectionBar
              selected={selected}
              filter={filter}
              hasMore={cursor !== undefined || (nextCursor !== null && nextCursor !== undefined)}
              onClear={() => selection.setAll([])}
            />
          )}
        </Card>
      </div>
      {open !== undefined && (
        <DeliveryPanel
          key={open}
          id={open}
          onMove={(by) => {
            const next = ids[ids.indexOf(open) + by];
            if (next !== undefined) show(next);
          }}
          onClose={() => show(undefined)}
        />
      )}
    </Page>
  );
}

function Subtitle() {
  return (
    <>
      Each delivery sends one event to one webhook. Newest first.
      <span className="max-lg:hidden">
        {' '}
        <Key>j</Key> <Key>k</Key> open one beside the list.
      </span>
    </>
  );
}

function NoDeliveries({ hasFilter }: { readonly hasFilter: boolean }) {
  if (hasFilter) return <EmptyNotice title="No deliveries match these filters" />;
  return (
    <EmptyNotice title="No deliveries yet">Publish an event that a webhook is subscribed to.</EmptyNotice>
  );
}

/** @param list - names the list. Another one begins without a selection. */
function useSelection(list: string): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setIds(new Set()), [list]);
  return {
    ids,
    toggle: (id) => {
      const next = new Set(ids);
      if (!next.delete(id)) next.add(id);
      setIds(next);
    },
    setAll: (all) => setIds(new Set(all)),
  };
}

function Key({ children }: { readonly children: string }) {
  return (
    <kbd className="rounded border border-line-strong bg-surface px-1 font-mono text-xs text-ink-2">
      {children}
    </kbd>
  );
}
