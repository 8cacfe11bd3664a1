import { X } from 'lucide-react';
import { Dialog as Parts } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button, IconButton } from './button.tsx';
import { InlineError } from './notice.tsx';

export function Dialog({
  title,
  description,
  isOpen,
  onClose,
  children,
  isSealed = false,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Closed only by its own buttons, for what is shown once. */
  readonly isSealed?: boolean;
}) {
  return (
    <Parts.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Parts.Portal>
        <Parts.Overlay className="fixed inset-0 z-40 bg-black/45 backdrop-blur-[2px]" />
        <Parts.Content
          {...(description === undefined && { 'aria-describedby': undefined })}
          onInteractOutside={(event) => isSealed && event.preventDefault()}
          onEscapeKeyDown={(event) => isSealed && event.preventDefault()}
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 flex-col rounded-2xl border border-line bg-surface shadow-pop focus:outline-none"
        >
          <header className="flex items-start justify-between gap-4 px-5 pt-4.5 pb-1">
            <div className="min-w-0">
              <Parts.Title className="text-[1.0667rem] font-semibold">{title}</Parts.Title>
              {description !== undefined && (
                <Parts.Description asChild>
                  <div className="mt-1 text-[0.9333rem] text-ink-2">{description}</div>
                </Parts.Description>
              )}
            </div>
            {!isSealed && (
              <Parts.Close asChild>
                <IconButton label="Close" className="-mt-1 -mr-2">
                  <X aria-hidden className="size-4" />
                </IconButton>
              </Parts.Close>
            )}
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pt-3 pb-5">{children}</div>
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  );
}

/** Asks before what cannot be taken back. The button says what it does. */
export function ConfirmDialog({
  title,
  children,
  action,
  dismissal = 'Cancel',
  isOpen,
  isBusy,
  error,
  onConfirm,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  /** What the other button says, where "Cancel" would be taken for the action. */
  readonly dismissal?: string;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={title} description={children} isOpen={isOpen} onClose={onClose}>
      <div className="flex flex-col gap-3">
        <InlineError error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{dismissal}</Button>
          <Button look="danger" isBusy={isBusy} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
