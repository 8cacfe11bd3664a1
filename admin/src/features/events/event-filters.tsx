import { AppFilter } from '../../components/filters/app-filter.tsx';
import { EventTypeFilter } from '../../components/filters/event-type-filter.tsx';
import { Button } from '../../components/ui/button.tsx';
import { CardToolbar } from '../../components/ui/card.tsx';
import { isoFromDateTimeInput, toDateTimeInput } from '../../lib/format.ts';

export interface EventFilterValues {
  readonly app: string | undefined;
  readonly type: string | undefined;
  /** ISO timestamps. */
  readonly since: string | undefined;
  readonly until: string | undefined;
}

const noFilters: EventFilterValues = { app: undefined, type: undefined, since: undefined, until: undefined };

export function EventFilters({
  filters,
  onChange,
}: {
  readonly filters: EventFilterValues;
  readonly onChange: (change: Partial<EventFilterValues>) => void;
}) {
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  return (
    <CardToolbar>
      <AppFilter value={filters.app} onChange={(app) => onChange({ app })} />
      <EventTypeFilter value={filters.type} onChange={(type) => onChange({ type })} />
      <TimeFilter label="From" value={filters.since} onChange={(since) => onChange({ since })} />
      <TimeFilter label="To" value={filters.until} onChange={(until) => onChange({ until })} />
      {isFiltered && (
        <Button size="small" variant="ghost" onClick={() => onChange(noFilters)}>
          Clear filters
        </Button>
      )}
    </CardToolbar>
  );
}

function TimeFilter({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <label className="inline-flex items-center gap-1.5 text-[0.8667rem] text-ink-2">
      {label}
      <input
        type="datetime-local"
        className="field h-8! w-auto! text-[0.8667rem]!"
        value={value === undefined || Number.isNaN(Date.parse(value)) ? '' : toDateTimeInput(new Date(value))}
        onChange={(event) => onChange(isoFromDateTimeInput(event.target.value))}
      />
    </label>
  );
}
