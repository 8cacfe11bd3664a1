import { Button } from '../../../../components/ui/button.tsx';
import { Card } from '../../../../components/ui/card.tsx';
import { pluralize } from '../../../../lib/format.ts';
import { EventOptions } from './event-options.tsx';
import { SelectedEvents } from './selected-events.tsx';
import type { Subscription } from './subscription.ts';

/** Selects what a webhook subscribes to: event types, and patterns that include types added later. */
export function EventPicker({
  value,
  accountId,
  onChange,
}: {
  readonly value: Subscription;
  readonly accountId: string | undefined;
  readonly onChange: (value: Subscription) => void;
}) {
  return (
    <Card
      title="Events"
      hint={
        value.events.length === 0
          ? 'Select at least one type or pattern'
          : `${pluralize(value.events.length, 'type or pattern', 'types and patterns')} selected`
      }
      flush
      actions={
        value.events.length > 0 && (
          <Button size="small" variant="ghost" onClick={() => onChange({ events: [], eventVersions: {} })}>
            Clear selection
          </Button>
        )
      }
    >
      <div className="grid lg:grid-cols-[3fr_2fr] lg:divide-x lg:divide-line">
        <EventOptions value={value} accountId={accountId} onChange={onChange} />
        <SelectedEvents value={value} accountId={accountId} onChange={onChange} />
      </div>
    </Card>
  );
}
