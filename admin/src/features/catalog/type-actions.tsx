import type { EventTypeDetail } from '@tocsin/shared';
import { Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { useCanRegister } from '../../lib/catalog.ts';
import { useCan, useSession } from '../../lib/session.ts';
import { toHref } from '../../lib/url-state.ts';
import { DeleteTypeDialog } from './delete-type-dialog.tsx';

/** What the caller may do with an event type. */
export function TypeActions({
  type,
  account,
}: {
  readonly type: EventTypeDetail;
  readonly account: string | undefined;
}) {
  const can = useCan();
  const { actor } = useSession();
  const canRegister = useCanRegister();
  const [isDeleting, setDeleting] = useState(false);
  const isOwn = type.origin === 'registered' && (type.accountId !== null || actor.kind === 'root');
  return (
    <>
      {type.subscribable && can('events:publish') && (
        <ButtonLink
          href={toHref('/events/publish', { type: type.type })}
          icon={<Send aria-hidden className="size-4" />}
        >
          Publish test event
        </ButtonLink>
      )}
      {canRegister && isOwn && (
        <>
          <ButtonLink
            href={toHref('/catalog/register', { from: type.type, account: type.accountId ?? account })}
          >
            Change
          </ButtonLink>
          <Button
            variant="danger"
            icon={<Trash2 aria-hidden className="size-4" />}
            onClick={() => setDeleting(true)}
          >
            Delete
          </Button>
          <DeleteTypeDialog type={type} open={isDeleting} onClose={() => setDeleting(false)} />
        </>
      )}
    </>
  );
}
