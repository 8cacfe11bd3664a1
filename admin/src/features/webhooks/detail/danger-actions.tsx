import { KeyRound, Trash2 } from 'lucide-react';
import { Button } from '../../../components/ui/button.tsx';

/** The actions that cannot be undone. Each opens a dialog. */
export function DangerActions({ onOpen }: { readonly onOpen: (dialog: 'rotate' | 'delete') => void }) {
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        size="small"
        icon={<KeyRound aria-hidden className="size-4" />}
        onClick={() => onOpen('rotate')}
      >
        Rotate secret
      </Button>
      <Button
        size="small"
        variant="danger"
        icon={<Trash2 aria-hidden className="size-4" />}
        onClick={() => onOpen('delete')}
      >
        Delete
      </Button>
    </div>
  );
}
