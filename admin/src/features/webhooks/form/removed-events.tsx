import { Card } from '../../../components/ui/card.tsx';
import { SelectField } from '../../../components/ui/select-field.tsx';
import type { WebhookDraft } from './webhook-draft.ts';

const options = [
  { value: 'cancel', label: 'Cancel pending deliveries' },
  { value: 'keep', label: 'Send pending deliveries' },
] as const;

/** Asks whether to send or cancel the pending deliveries of the event types that saving takes off. */
export function RemovedEvents({
  removed,
  value,
  onChange,
}: {
  readonly removed: readonly string[];
  readonly value: NonNullable<WebhookDraft['pendingDeliveries']>;
  readonly onChange: (value: NonNullable<WebhookDraft['pendingDeliveries']>) => void;
}) {
  return (
    <Card title="Removed events">
      <p role="status" className="mb-4 text-[0.8667rem] text-ink-2">
        {removed.join(', ')}: events of these types are no longer sent to this webhook.
      </p>
      <SelectField
        label="Pending deliveries of these types"
        value={value}
        options={options}
        onChange={onChange}
      />
    </Card>
  );
}
