import type { WebhookView } from '@tocsin/shared';
import { FlaskConical, Pencil, Power, Radar } from 'lucide-react';
import { Button, ButtonLink } from '../../../components/ui/button.tsx';

export function WebhookActions({
  webhook,
  isPinging,
  isToggling,
  onPing,
  onSample,
  onToggle,
}: {
  readonly webhook: WebhookView;
  readonly isPinging: boolean;
  readonly isToggling: boolean;
  readonly onPing: () => void;
  readonly onSample: () => void;
  readonly onToggle: () => void;
}) {
  return (
    <>
      <Button icon={<Radar aria-hidden className="size-4" />} loading={isPinging} onClick={onPing}>
        Send test ping
      </Button>
      <Button icon={<FlaskConical aria-hidden className="size-4" />} onClick={onSample}>
        Send sample
      </Button>
      <Button icon={<Power aria-hidden className="size-4" />} loading={isToggling} onClick={onToggle}>
        {webhook.enabled ? 'Disable' : 'Enable'}
      </Button>
      <ButtonLink
        variant="primary"
        href={`/webhooks/${webhook.id}/edit`}
        icon={<Pencil aria-hidden className="size-4" />}
      >
        Edit
      </ButtonLink>
    </>
  );
}
