import { Send } from 'lucide-react';
import { useState } from 'react';
import { useCan } from '../../lib/session.ts';
import { Button } from '../ui/button.tsx';
import { ResendDialog, type ResentEvent } from './resend-dialog.tsx';

/** Sends an event to a webhook that the user chooses. Nothing if the actor may not. */
export function SendToWebhookButton({
  event,
  label,
  size = 'medium',
}: {
  readonly event: ResentEvent;
  readonly label: string;
  readonly size?: 'small' | 'medium';
}) {
  const can = useCan();
  const [isOpen, setOpen] = useState(false);
  if (!can('deliveries:write')) return null;
  return (
    <>
      <Button size={size} icon={<Send aria-hidden className="size-4" />} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen && <ResendDialog event={event} onClose={() => setOpen(false)} />}
    </>
  );
}
