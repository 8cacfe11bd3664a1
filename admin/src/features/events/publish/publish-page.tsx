import type { EventTypeView } from '@tocsin/shared';
import { Card } from '../../../components/ui/card.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { Page } from '../../../components/ui/page.tsx';
import { toFamilyLabel, groupByFamily, useEventTypes } from '../../../lib/catalog.ts';
import { useUrlState } from '../../../lib/url-state.ts';
import { PublishForm } from './publish-form.tsx';
import { RecipientsCard } from './recipients-card.tsx';

const breadcrumbs = [{ href: '/events', label: 'Events' }];

export function PublishPage() {
  const types = useEventTypes();
  const [{ app, type }, set] = useUrlState(['app', 'type']);
  const subscribable = types.data?.filter((known) => known.subscribable) ?? [];
  const selected = subscribable.find((known) => known.type === type) ?? subscribable[0];
  return (
    <Page
      title="Publish test event"
      breadcrumbs={breadcrumbs}
      subtitle="This publishes a real event to every subscribed webhook."
    >
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card>
          {selected === undefined ? (
            <LoadFallback error={types.error} onRetry={() => void types.refetch()} className="h-96" />
          ) : (
            <div className="flex flex-col gap-5">
              <EventTypeField
                types={subscribable}
                selected={selected}
                onChange={(next) => set({ type: next }, { replace: true })}
              />
              <PublishForm key={selected.type} type={selected} />
            </div>
          )}
        </Card>
        {selected !== undefined && <RecipientsCard appId={app ?? ''} type={selected.type} />}
      </div>
    </Page>
  );
}

function EventTypeField({
  types,
  selected,
  onChange,
}: {
  readonly types: readonly EventTypeView[];
  readonly selected: EventTypeView;
  readonly onChange: (type: string) => void;
}) {
  return (
    <Field label="Event" hint={selected.description}>
      {(ids) => (
        <select
          {...ids}
          className="field"
          value={selected.type}
          onChange={(event) => onChange(event.target.value)}
        >
          {groupByFamily(types).map(([family, members]) => (
            <optgroup key={family} label={toFamilyLabel(family)}>
              {members.map((member) => (
                <option key={member.type}>{member.type}</option>
              ))}
            </optgroup>
          ))}
        </select>
      )}
    </Field>
  );
}
