import { isEventPattern, type WebhookView } from '@tocsin/shared';
import type { ToggleWebhook } from '../detail/use-toggle-webhook.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { EnableDialog } from './enable-dialog.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { SampleDialog } from './sample-dialog.tsx';

export type DialogName = 'rotate' | 'replay' | 'cancel' | 'enable' | 'sample' | 'delete';

/** The dialogs of the webhook page, of which at most one is open. */
export function WebhookDialogs({
  webhook,
  open,
  toggle,
  onRotated,
  onClose,
}: {
  readonly webhook: WebhookView;
  readonly open: DialogName | undefined;
  readonly toggle: ToggleWebhook;
  /** Called when the dialog with a new secret is closed. */
  readonly onRotated: (() => void) | undefined;
  readonly onClose: () => void;
}) {
  return (
    <>
      {open === 'rotate' && <RotateDialog webhook={webhook} onRotated={onRotated} onClose={onClose} />}
      {open === 'sample' && <SampleDialog webhook={webhook} onClose={onClose} />}
      {open === 'replay' && <ReplayDialog webhookId={webhook.id} onClose={onClose} />}
      {open === 'cancel' && (
        <CancelDialog
          webhookId={webhook.id}
          types={webhook.events.filter((entry) => !isEventPattern(entry))}
          onClose={onClose}
        />
      )}
      {open === 'enable' && (
        <EnableDialog
          webhookId={webhook.id}
          backlogCount={toggle.backlogCount}
          loading={toggle.isPending}
          error={toggle.error}
          onEnable={toggle.enable}
          onClose={onClose}
        />
      )}
      <DeleteDialog webhook={webhook} open={open === 'delete'} onClose={onClose} />
    </>
  );
}
