import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { InlineError } from './notice.tsx';

/** A dialog with a form. Mount it on open and unmount it on close, so that it starts empty. */
export function FormDialog({
  title,
  description,
  submitLabel,
  cancelLabel = 'Cancel',
  variant = 'primary',
  canSubmit = true,
  loading,
  error,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  /** Names the action, with the number of affected items if known. */
  readonly submitLabel: string;
  /** Use another label where "Cancel" could mean the action itself. */
  readonly cancelLabel?: string;
  readonly variant?: 'primary' | 'danger';
  /** False while required input is missing. */
  readonly canSubmit?: boolean;
  readonly loading: boolean;
  readonly error: unknown;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Dialog title={title} description={description} open hasInput onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        <InlineError error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{cancelLabel}</Button>
          <Button type="submit" variant={variant} loading={loading} disabled={!canSubmit}>
            {submitLabel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
