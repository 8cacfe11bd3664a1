import { X } from 'lucide-react';
import { Dialog as RadixDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button, IconButton } from './button.tsx';
import { useDialogOpener } from './dialog-opener.ts';
import { InlineError } from './notice.tsx';

export function Dialog({
  title,
  description,
  open,
  onClose,
  children,
  persistent = false,
  hasInput = false,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Ignores Escape and outside clicks, for content that is shown only once. */
  readonly persistent?: boolean;
  /** Ignores outside clicks, so that a slip of the pointer loses no input. */
  readonly hasInput?: boolean;
}) {
  const returnFocus = useDialogOpener(open);
  return (
    <RadixDialog.Root open={open} onOpenChange={(open) => !open && onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 bg-black/45 backdrop-blur-[2px]" />
        <RadixDialog.Content
          {...(description === undefined && { 'aria-describedby': undefined })}
          onOpenAutoFocus={(event) => {
            if (hasInput) focusFirstField(event);
          }}
          onCloseAutoFocus={(event) => {
            // Without a trigger of its own, the dialog would leave the focus nowhere.
            event.preventDefault();
            returnFocus();
          }}
          onInteractOutside={(event) => (persistent || hasInput) && event.preventDefault()}
          onEscapeKeyDown={(event) => persistent && event.preventDefault()}
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 flex-col rounded-2xl border border-line bg-surface shadow-pop focus:outline-none"
        >
          <header className="flex items-start justify-between gap-4 px-5 pt-4.5 pb-1">
            <div className="min-w-0">
              <RadixDialog.Title className="text-[1.0667rem] font-semibold">{title}</RadixDialog.Title>
              {description !== undefined && (
                <RadixDialog.Description asChild>
                  <div className="mt-1 text-[0.9333rem] text-ink-2">{description}</div>
                </RadixDialog.Description>
              )}
            </div>
            {!persistent && (
              <RadixDialog.Close asChild>
                <IconButton label="Close" className="-mt-1 -mr-2">
                  <X aria-hidden className="size-4" />
                </IconButton>
              </RadixDialog.Close>
            )}
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pt-3 pb-5">{children}</div>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

/** Focuses the first field in place of the button that closes the dialog. */
function focusFirstField(event: Event): void {
  const { currentTarget } = event;
  if (!(currentTarget instanceof HTMLElement)) return;
  const field = currentTarget.querySelector<HTMLElement>('input, textarea, select');
  if (field === null) return;
  event.preventDefault();
  if (!currentTarget.contains(document.activeElement)) field.focus();
}

/** Asks for confirmation of a destructive action. */
export function ConfirmDialog({
  title,
  children,
  confirmLabel,
  cancelLabel = 'Cancel',
  open,
  loading,
  error,
  onConfirm,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly confirmLabel: string;
  /** Use another label where "Cancel" could mean the action itself. */
  readonly cancelLabel?: string;
  readonly open: boolean;
  readonly loading: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={title} description={children} open={open} onClose={onClose}>
      <div className="flex flex-col gap-3">
        <InlineError error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{cancelLabel}</Button>
          <Button variant="danger" loading={loading} onClick={onConfirm}>
            {confirmLabel}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
