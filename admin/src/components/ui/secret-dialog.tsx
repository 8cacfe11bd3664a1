import { KeyRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';

/** Shows a secret once. Closes only by its confirmation button. */
export function SecretDialog({
  title,
  secret,
  children,
  onClose,
}: {
  readonly title: string;
  /** The dialog is closed while this is undefined. */
  readonly secret: string | undefined;
  readonly children: ReactNode;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={title} open={secret !== undefined} onClose={onClose} persistent description={children}>
      <div className="flex flex-col gap-4">
        <div className="flex items-center gap-2.5 rounded-lg border border-line bg-sunken px-3 py-2.5">
          <KeyRound aria-hidden className="size-4 shrink-0 text-brass" />
          <code data-testid="secret" className="min-w-0 font-mono text-[0.9rem] wrap-anywhere select-all">
            {secret}
          </code>
        </div>
        <div className="flex justify-end gap-2">
          <CopyButton text={secret ?? ''} label="Copy" />
          <Button variant="primary" onClick={onClose}>
            I’ve saved it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
