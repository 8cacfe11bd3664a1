import { WebhookName } from '../../../components/webhook-name.tsx';
import { Button } from '../../../components/ui/button.tsx';
import { Dialog } from '../../../components/ui/dialog.tsx';
import { pluralize } from '../../../lib/format.ts';
import { useRecipients } from './use-recipients.ts';

/** Names everyone who gets the event before it is published. */
export function PublishDialog({
  appId,
  type,
  onConfirm,
  onClose,
}: {
  readonly appId: string;
  readonly type: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  const { subscribed, enabled, isKnown, error } = useRecipients(appId, type);
  const isLoading = isKnown && subscribed === undefined && error === null;
  return (
    <Dialog
      title={`Publish ${type}?`}
      description={
        isLoading
          ? 'Finding its recipients …'
          : subscribed === undefined
            ? `Every webhook of ${appId} that is subscribed gets this event, as if it were real.`
            : enabled.length === 0
              ? 'No webhook gets it. The event is stored, and consumers of the feed see it.'
              : `It is sent to ${pluralize(enabled.length, 'webhook')}, as if it were real:`
      }
      open
      onClose={onClose}
    >
      {enabled.length > 0 && (
        <ul aria-label="Recipients" className="max-h-72 overflow-y-auto rounded-lg border border-line">
          {enabled.map(({ id, url, description }) => (
            <li key={id} className="border-b border-line px-3 py-2 last:border-0">
              <WebhookName url={url} description={description} />
            </li>
          ))}
        </ul>
      )}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Go back</Button>
        <Button variant="primary" disabled={isLoading} onClick={onConfirm}>
          {enabled.length === 0 ? 'Publish event' : `Publish to ${pluralize(enabled.length, 'webhook')}`}
        </Button>
      </div>
    </Dialog>
  );
}
