import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { InlineError } from './notice.tsx';

/** Asks for something and does it. Made anew each time it is opened, so that nothing of the last time is left in it. */
export function FormDialog({
  title,
  description,
  action,
  dismissal = 'Cancel',
  look = 'primary',
  isReady = true,
  isBusy,
  error,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: string;
  readonly description?: ReactNode;
  /** What the button does, with how much that is where it is known. */
  readonly action: string;
  /** What the other button says, where "Cancel" would be taken for the action. */
  readonly dismissal?: string;
  readonly look?: 'primary' | 'danger';
  /** Whether all that the action needs is there. */
  readonly isReady?: boolean;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Dialog title={title} description={description} isOpen onClose={onClose}>
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
          <Button onClick={onClose}>{dismissal}</Button>
          <Button type="submit" look={look} isBusy={isBusy} disabled={!isReady}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
