import type { IncidentView } from '@tocsin/shared';
import {
  BellOff,
  BellRing,
  Ellipsis,
  NotebookPen,
  Power,
  Radar,
  RotateCcw,
  LifeBuoy,
  type LucideIcon,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useCan } from '../../lib/session.ts';
import { DisableDialog, NoteDialog, ReplayFailedDialog } from './incident-dialogs.tsx';
import { useIncidentActions } from './use-incident-actions.ts';

const snoozes = [
  { hours: 1, label: 'Snooze for an hour' },
  { hours: 24, label: 'Snooze for a day' },
  { hours: 168, label: 'Snooze for a week' },
] as const;

type DialogName = 'disable' | 'note' | 'replay';

/** What can be done about an incident. Offers only what the key may do. */
export function IncidentMenu({ incident }: { readonly incident: IncidentView }) {
  const can = useCan();
  const [, navigate] = useLocation();
  const [dialog, setDialog] = useState<DialogName>();
  const actions = useIncidentActions(incident);
  const { webhookId, webhookState, snoozedUntil } = incident;
  const canWrite = can('webhooks:write');
  const canReplay = can('deliveries:write');
  if (!canWrite && !canReplay) return null;
  const exists = webhookState !== null;
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger
          aria-label="Actions of this incident"
          className="relative z-10 inline-flex size-8 items-center justify-center rounded-lg text-ink-3 transition-colors hover:bg-sunken hover:text-ink"
        >
          <Ellipsis aria-hidden className="size-4" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={4}
            className="z-50 w-60 rounded-xl border border-line bg-surface p-1.5 shadow-pop"
          >
            {canWrite && exists && (
              <>
                <Item icon={Radar} onSelect={actions.test}>
                  Send a test ping
                </Item>
                <Item icon={LifeBuoy} onSelect={() => navigate(`/webhooks/${webhookId}?recover=1`)}>
                  Recover step by step
                </Item>
              </>
            )}
            {canReplay && exists && (
              <Item icon={RotateCcw} onSelect={() => setDialog('replay')}>
                Replay failed deliveries
              </Item>
            )}
            {canWrite && (
              <>
                <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
                {snoozedUntil !== null && (
                  <Item icon={BellRing} onSelect={() => actions.snooze(null)}>
                    End the snooze
                  </Item>
                )}
                {snoozes.map(({ hours, label }) => (
                  <Item key={hours} icon={BellOff} onSelect={() => actions.snooze(hours)}>
                    {label}
                  </Item>
                ))}
                <Item icon={NotebookPen} onSelect={() => setDialog('note')}>
                  {incident.note === null ? 'Add a note' : 'Edit the note'}
                </Item>
              </>
            )}
            {canWrite && exists && webhookState !== 'disabled' && (
              <>
                <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
                <Item icon={Power} isDanger onSelect={() => setDialog('disable')}>
                  Disable the webhook
                </Item>
              </>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <IncidentDialogs incident={incident} open={dialog} onClose={() => setDialog(undefined)} />
    </>
  );
}

function IncidentDialogs({
  incident,
  open,
  onClose,
}: {
  readonly incident: IncidentView;
  readonly open: DialogName | undefined;
  readonly onClose: () => void;
}) {
  switch (open) {
    case 'disable':
      return <DisableDialog incident={incident} onClose={onClose} />;
    case 'note':
      return <NoteDialog incident={incident} onClose={onClose} />;
    case 'replay':
      return <ReplayFailedDialog incident={incident} onClose={onClose} />;
    case undefined:
      return null;
  }
}

function Item({
  icon: Icon,
  isDanger = false,
  onSelect,
  children,
}: {
  readonly icon: LucideIcon;
  readonly isDanger?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className={`flex h-8.5 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-[0.9333rem] outline-none select-none data-highlighted:bg-sunken ${isDanger ? 'text-bad' : ''}`}
    >
      <Icon aria-hidden className={`size-4 ${isDanger ? '' : 'text-ink-3'}`} />
      {children}
    </DropdownMenu.Item>
  );
}
