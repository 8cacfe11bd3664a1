import { Plus } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { AccountFilter } from '../../components/filters/account-filter.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import {
  useCanRegister,
  useEventTypes,
  type EventTypeOrigin,
  type EventTypePage,
} from '../../lib/catalog.ts';
import { toListPosition } from '../../lib/list-position.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { CatalogRow } from './catalog-row.tsx';

const origins: readonly { readonly value: EventTypeOrigin; readonly label: string }[] = [
  { value: 'built_in', label: 'Built-in' },
  { value: 'file', label: 'Catalog files' },
  { value: 'registered', label: 'Registered' },
];

const pageSize = 50;

export function CatalogPage() {
  const canRegister = useCanRegister();
  const [{ q, origin, account, cursor: given }, set] = useUrlState(['q', 'origin', 'account', 'cursor']);
  const { cursor, isGone } = toListPosition('eventTypes', given);
  const knownOrigin = origins.find(({ value }) => value === origin)?.value;
  const types = useEventTypes({
    search: q?.trim().toLowerCase(),
    origin: knownOrigin,
    accountId: account,
    cursor,
    limit: pageSize,
  });
  const isFiltered = [q, knownOrigin, account].some((value) => value !== undefined);
  return (
    <Page
      title="Event catalog"
      subtitle="All event types that you can publish and subscribe to, with their fields and an example."
      actions={
        canRegister && (
          <ButtonLink href="/catalog/register" icon={<Plus aria-hidden className="size-4" />}>
            Register event type
          </ButtonLink>
        )
      }
    >
      <Card flush>
        <CardToolbar>
          <SearchField value={q ?? ''} onChange={(text) => set({ q: text }, { replace: true })} />
          <FilterSelect
            label="Source"
            value={knownOrigin}
            options={origins}
            onChange={(value) => set({ origin: value })}
          />
          <AccountFilter value={account} onChange={(value) => set({ account: value })} />
          {isFiltered && (
            <Button
              size="small"
              variant="ghost"
              onClick={() => set({ q: undefined, origin: undefined, account: undefined })}
            >
              Clear filters
            </Button>
          )}
        </CardToolbar>
        <GonePosition isGone={isGone} />
        <TypeList
          types={types}
          account={account}
          empty={
            <EmptyPage
              cursor={cursor}
              nextCursor={types.nextCursor}
              onFirst={() => set({ cursor: undefined })}
            >
              <NoTypes isFiltered={isFiltered} search={q} />
            </EmptyPage>
          }
        />
        <Pager
          cursor={cursor}
          nextCursor={types.nextCursor}
          isOutdated={types.isOutdated}
          labels={{ first: 'First page', next: 'Next page' }}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}

function TypeList({
  types,
  account,
  empty,
}: {
  readonly types: EventTypePage;
  readonly account: string | undefined;
  readonly empty: ReactNode;
}) {
  if (types.items === undefined) {
    return <LoadFallback error={types.error} onRetry={types.refetch} className="m-4 h-96" />;
  }
  if (types.items.length > 0) {
    return (
      <ul aria-label="Event types">
        {types.items.map((type) => (
          <CatalogRow key={type.type} type={type} account={account} />
        ))}
      </ul>
    );
  }
  return empty;
}

function NoTypes({
  search,
  isFiltered,
}: {
  readonly search: string | undefined;
  readonly isFiltered: boolean;
}) {
  if (!isFiltered) return <EmptyNotice title="No event types yet" />;
  return (
    <EmptyNotice
      title={search === undefined ? 'No event types match these filters' : `No event types match “${search}”`}
    />
  );
}

/** Searches as the user types, without a call for every key. */
function SearchField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 200);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <input
      type="search"
      aria-label="Search the catalog"
      placeholder="Search names"
      className="field h-8! w-56! text-[0.8667rem]!"
      maxLength={100}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
