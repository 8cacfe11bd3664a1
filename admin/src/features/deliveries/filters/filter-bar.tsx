import { attemptReasonLabels, deliveryReasonLabels } from '@tocsin/shared';
import { ListFilter } from 'lucide-react';
import { AppFilter } from '../../../components/filters/app-filter.tsx';
import { EventTypeFilter } from '../../../components/filters/event-type-filter.tsx';
import { Button } from '../../../components/ui/button.tsx';
import { CardToolbar } from '../../../components/ui/card.tsx';
import { FilterSelect } from '../../../components/ui/field.tsx';
import { formatDateTime, formatDuration } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { FilterChip } from './filter-chip.tsx';
import {
  causes,
  isFiltered,
  noFilters,
  periods,
  reasons,
  responses,
  statuses,
  type DeliveryFilterValues,
} from './delivery-filters.ts';
import { MoreFilters } from './more-filters.tsx';
import { ViewsMenu } from './views-menu.tsx';

export type ChangeFilters = (change: Partial<DeliveryFilterValues>) => void;

/** The filters of the list: the usual ones as controls, the others in a popover, and those in force as chips. */
export function FilterBar({
  values,
  onChange,
}: {
  readonly values: DeliveryFilterValues;
  readonly onChange: ChangeFilters;
}) {
  const can = useCan();
  const chips = toChips(values);
  return (
    <>
      <CardToolbar>
        <ViewsMenu values={values} onChange={onChange} />
        {can('webhooks:read') && <AppFilter value={values.app} onChange={(app) => onChange({ app })} />}
        <FilterSelect
          label="Status"
          value={values.status}
          options={statuses}
          onChange={(status) => onChange({ status })}
        />
        <FilterSelect
          label="Time"
          noneLabel={values.since === undefined && values.until === undefined ? 'Any time' : 'Custom time'}
          value={values.period}
          options={periods}
          onChange={(period) => onChange({ period, since: undefined, until: undefined })}
        />
        {/* The combobox offers names. A pattern is shown as a chip. */}
        {values.type?.endsWith('*') !== true && (
          <EventTypeFilter value={values.type} onChange={(type) => onChange({ type })} />
        )}
        <MoreFilters values={values} onChange={onChange}>
          <Button size="small" icon={<ListFilter aria-hidden className="size-4" />}>
            More filters
          </Button>
        </MoreFilters>
        {chips.length === 0 && isFiltered(values) && <ClearButton onChange={onChange} />}
      </CardToolbar>
      {chips.length > 0 && (
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
          {chips.map(({ name, label, text }) => (
            <FilterChip
              key={name}
              label={label}
              value={text}
              onRemove={() => onChange({ [name]: undefined })}
            />
          ))}
          <ClearButton onChange={onChange} />
        </div>
      )}
    </>
  );
}

function ClearButton({ onChange }: { readonly onChange: ChangeFilters }) {
  return (
    <Button size="small" variant="ghost" onClick={() => onChange(noFilters)}>
      Clear filters
    </Button>
  );
}

interface Chip {
  readonly name: keyof DeliveryFilterValues;
  readonly label: string;
  readonly text: string;
}

/** Filters without a control of their own in the bar. */
function toChips(values: DeliveryFilterValues): Chip[] {
  const reason = reasons.find((known) => known === values.reason);
  const cause = causes.find((known) => known === values.cause);
  const chips: readonly (readonly [keyof DeliveryFilterValues, string, string | undefined])[] = [
    ['since', 'From', toTimeText(values.since)],
    ['until', 'To', toTimeText(values.until)],
    ['type', 'Type', values.type?.endsWith('*') === true ? values.type : undefined],
    ['host', 'Host', values.host],
    ['webhook', 'Webhook', values.webhook],
    ['event', 'Event', values.event],
    ['reason', 'Reason', reason === undefined ? values.reason : deliveryReasonLabels[reason]],
    ['cause', 'Cause', cause === undefined ? values.cause : attemptReasonLabels[cause]],
    ['response', 'Response', responses.find(({ value }) => value === values.response)?.label],
    ['attempts', 'Attempts', values.attempts === undefined ? undefined : `at least ${values.attempts}`],
    ['slower', 'Took', values.slower === undefined ? undefined : `at least ${toMsText(values.slower)}`],
  ];
  return chips.flatMap(([name, label, text]) => (text === undefined ? [] : { name, label, text }));
}

function toTimeText(time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  return Number.isNaN(Date.parse(time)) ? time : formatDateTime(time);
}

function toMsText(ms: string): string {
  return Number.isFinite(Number(ms)) ? formatDuration(Number(ms)) : ms;
}
