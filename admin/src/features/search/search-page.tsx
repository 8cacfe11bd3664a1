import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import {
  EmptyNotice,
  EmptyPage,
  ErrorNotice,
  RefreshError,
  GonePosition,
} from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc, type Outputs } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { rememberSearch } from '../../lib/recent-searches.ts';
import { TimelineEvent } from './timeline-event.tsx';

type Timeline = Outputs['search']['timeline'];

/** The events of a customer, by a value of their payloads: what was sent where, and why not. */
export function SearchPage() {
  const [{ q = '', account, app, cursor: given }, set] = useUrlState(['q', 'account', 'app', 'cursor']);
  const { cursor, isGone } = toListPosition('events', given);
  const value = q.trim();
  useEffect(() => rememberSearch(value), [value]);
  const timeline = useQuery(
    trpc.search.timeline.queryOptions(
      { value, accountId: account, appId: app, cursor },
      {
        enabled: value !== '',
        placeholderData: keepPreviousData,
        refetchInterval: cursor === undefined && pollMs.slow,
      },
    ),
  );
  const accounts = timeline.data?.accounts ?? [];
  return (
    <Page
      title={value === '' ? 'Search' : `Timeline of ${value}`}
      heading={
        value === '' ? (
          'Timeline'
        ) : (
          <>
            Timeline of <bdi>{value}</bdi>
          </>
        )
      }
      subtitle="Events with this value in their payload, newest first, and what became of each at every webhook."
    >
      <Card flush>
        <CardToolbar>
          <ValueField key={q} value={q} onChange={(next) => set({ q: next, account: undefined })} />
          {(accounts.length > 1 || account !== undefined) && (
            <FilterSelect
              label="Account"
              value={account}
              options={toAccountOptions(accounts, account)}
              onChange={(next) => set({ account: next })}
            />
          )}
          <AppFilter value={app} onChange={(next) => set({ app: next })} />
        </CardToolbar>
        {timeline.data !== undefined && <RefreshError error={timeline.error} />}
        <GonePosition isGone={isGone} />
        <TimelineBody
          value={value}
          query={timeline}
          cursor={cursor}
          onFirst={() => set({ cursor: undefined })}
        />
        <Pager
          cursor={cursor}
          nextCursor={timeline.data?.nextCursor}
          isOutdated={timeline.isPlaceholderData}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}

function TimelineBody({
  value,
  query,
  cursor,
  onFirst,
}: {
  readonly value: string;
  readonly query: {
    readonly data: Timeline | undefined;
    readonly error: unknown;
    readonly isPlaceholderData: boolean;
    readonly refetch: () => unknown;
  };
  readonly cursor: string | undefined;
  readonly onFirst: () => void;
}) {
  const { data, error, isPlaceholderData } = query;
  if (value === '') {
    return (
      <EmptyNotice title="Whose events do you look for?">
        Enter a user id, a user name, a license key or an e-mail address as a whole.
      </EmptyNotice>
    );
  }
  if (data === undefined || (isPlaceholderData && error !== null)) {
    return error === null ? <Skeleton /> : <ErrorNotice error={error} onRetry={() => void query.refetch()} />;
  }
  if (data.items.length === 0) {
    return (
      <EmptyPage cursor={cursor} nextCursor={data.nextCursor} onFirst={onFirst}>
        <EmptyNotice title="No event has this value">
          Searched: the fields that the event catalog marks as searchable, such as <code>userId</code>,{' '}
          <code>username</code> and <code>licenseKey</code>, of all events that are stored. Values are
          compared as a whole; upper and lower case are the same.
        </EmptyNotice>
      </EmptyPage>
    );
  }
  return (
    <>
      {data.isCapped && (
        <p className="border-b border-line px-4 py-2.5 text-[0.8667rem] text-ink-2">
          More than {data.accounts.length} accounts have this value. Select one to see all of its events.
        </p>
      )}
      <ol
        aria-label="Timeline"
        aria-busy={isPlaceholderData}
        className={classNames('transition-opacity', isPlaceholderData && 'opacity-50')}
      >
        {data.items.map((item) => (
          <TimelineEvent
            key={item.event.id}
            item={item}
            accountName={
              data.accounts.length > 1
                ? (data.accounts.find(({ id }) => id === item.accountId)?.name ?? item.accountId)
                : undefined
            }
          />
        ))}
      </ol>
    </>
  );
}

/** As high as three events. */
function Skeleton() {
  return (
    <div aria-hidden className="flex flex-col gap-4 p-4">
      {[0, 1, 2].map((index) => (
        <div key={index} className="shimmer h-36 rounded-lg" />
      ))}
    </div>
  );
}

/** Searches when Enter is pressed, because each value is a page of its own. */
function ValueField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  const [text, setText] = useState(value);
  return (
    <form
      role="search"
      className="flex min-w-0 flex-1 basis-64 items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') onChange(text.trim());
      }}
    >
      <label htmlFor={id} className="sr-only">
        User id, user name, license key or e-mail
      </label>
      <input
        id={id}
        type="search"
        dir="auto"
        maxLength={200}
        placeholder="User id, user name, license key or e-mail"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="field h-8! min-w-0 flex-1 text-[0.8667rem]!"
      />
      <Button type="submit" size="small" icon={<Search aria-hidden className="size-4" />}>
        Search
      </Button>
    </form>
  );
}

function toAccountOptions(accounts: Timeline['accounts'], selected: string | undefined) {
  const options = accounts.map(({ id, name }) => ({
    value: id,
    label: name === null ? id : `${name} (${id})`,
  }));
  const isKnown = selected === undefined || accounts.some(({ id }) => id === selected);
  return isKnown ? options : [...options, { value: selected, label: selected }];
}
