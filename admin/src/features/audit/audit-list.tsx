import type { ReactNode } from 'react';
import type { TableQuery } from '../../components/ui/data-table.tsx';
import { ErrorNotice, RefreshError } from '../../components/ui/notice.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { formatDay } from '../../lib/format.ts';
import type { AuditEntry } from './audit-entry.ts';
import { AuditRow } from './audit-row.tsx';

/** Entries by day, newest first. */
export function AuditList({
  entries,
  query,
  empty,
}: {
  readonly entries: readonly AuditEntry[] | undefined;
  readonly query: TableQuery;
  readonly empty: ReactNode;
}) {
  const { error, isPlaceholderData: isOutdated } = query;
  if (entries === undefined && error !== null) {
    return <ErrorNotice error={error} onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      {!isOutdated && <RefreshError error={error} />}
      <div
        aria-busy={entries === undefined || isOutdated}
        className={classNames('min-h-96', isOutdated && 'opacity-40')}
      >
        {entries === undefined ? <SkeletonRows /> : entries.length === 0 ? empty : <Days entries={entries} />}
      </div>
    </>
  );
}

function Days({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return groupByDay(entries).map(([day, ofDay]) => (
    <section key={day} aria-label={day}>
      <h2 className="border-y border-line bg-sunken/60 px-4 py-1.5 text-xs font-medium text-ink-2 first:border-t-0">
        {day}
      </h2>
      <ol>
        {ofDay.map((entry) => (
          <AuditRow key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  ));
}

function groupByDay(entries: readonly AuditEntry[]): (readonly [day: string, ofDay: AuditEntry[]])[] {
  const now = Date.now();
  const days = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const day = formatDay(entry.at, now);
    const ofDay = days.get(day);
    if (ofDay === undefined) days.set(day, [entry]);
    else ofDay.push(entry);
  }
  return [...days];
}

function SkeletonRows() {
  return Array.from({ length: 10 }, (_, row) => (
    <div key={row} aria-hidden className="flex gap-3 border-b border-line px-4 py-3 last:border-0">
      <span className="shimmer size-8 rounded-full!" />
      <span className="flex flex-col gap-2">
        <span className="shimmer h-4 w-52" />
        <span className="shimmer h-3.5 w-36" />
      </span>
    </div>
  ));
}
