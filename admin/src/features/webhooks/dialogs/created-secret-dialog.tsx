import type { CreatedWebhook } from '@tocsin/shared';
import { SecretDialog } from '../../../components/ui/secret-dialog.tsx';
import { resolveChatFormat } from '../../../lib/chat-format.ts';

/** Shows the secret of a new webhook, or its public key if it signs with a key pair. */
export function CreatedSecretDialog({
  webhook,
  onClose,
}: {
  /** The dialog is closed while this is undefined. */
  readonly webhook: CreatedWebhook | undefined;
  readonly onClose: (webhookId: string) => void;
}) {
  return (
    <SecretDialog
      title={typeof webhook?.publicKey === 'string' ? 'Webhook public key' : 'Webhook secret'}
      secret={webhook === undefined ? undefined : (webhook.publicKey ?? webhook.secret)}
      onClose={() => webhook && onClose(webhook.id)}
    >
      {webhook && toSecretHint(webhook)}
    </SecretDialog>
  );
}

function toSecretHint({ url, format, publicKey }: CreatedWebhook): string {
  if (resolveChatFormat(url, format) !== undefined) {
    return 'Chat services do not receive the secret. Save it in case this webhook changes to another endpoint. It is shown only once.';
  }
  if (publicKey !== null) {
    return 'The receiver verifies each request with this key. The private key stays on the server.';
  }
  return 'The receiver verifies each request with this secret. Copy it now: it is shown only once.';
}
